//! What is made once for a named request.

use super::{NOW, add, link, new_id, new_owner, session, token};
use crate::{LinkToken, Receipt, SessionStore, SessionStoreError};
use central_logger_keys::{KeyHasher, KeyId, SealPurpose};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

fn receipt(name: &KeyId, made: &KeyId, at: OffsetDateTime) -> Receipt {
    Receipt {
        id: name.to_string(),
        seal: KeyHasher::new().seal(SealPurpose::Request, name.as_str().as_bytes()),
        made: made.clone(),
        at,
    }
}

/// Of any number of requests under one name, that come one after the other or at once, one is carried out for
/// as long as it is remembered.
pub async fn makes_one_session_of_a_named_request(store: &Arc<dyn SessionStore>) {
    let (owner, name) = (new_owner(), new_id());
    assert_eq!(store.receipt(name.as_str()).await.unwrap(), None);
    let tasks = (0..10).map(|number| {
        let (store, owner, name) = (Arc::clone(store), owner.clone(), name.clone());
        tokio::spawn(async move {
            let (session, link) = (session(&owner), link(&owner));
            let (in_cookie, in_url) = (token(), LinkToken::generate().unwrap());
            let made = match number % 2 {
                0 => {
                    let receipt = receipt(&name, &session.id, NOW);
                    store.add(&session, &in_cookie.hash(), Some(&receipt)).await
                }
                _ => {
                    let receipt = receipt(&name, &link.id, NOW);
                    store.add_link(&link, &in_url.hash(), Some(&receipt)).await
                }
            };
            match made {
                Ok(()) => Some((number % 2 == 0, session.id, link.id)),
                Err(SessionStoreError::Repeated) => None,
                Err(error) => panic!("{error}"),
            }
        })
    });
    let mut done = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        done.extend(task.await.unwrap());
    }
    let [(is_session, session_id, link_id)] = done.as_slice() else {
        panic!("{} were carried out", done.len());
    };
    let made = if *is_session { session_id } else { link_id };
    let kept = store.receipt(name.as_str()).await.unwrap();
    assert_eq!(kept, Some(receipt(&name, made, NOW)));
    let listed = store.list(Some(&owner), NOW).await.unwrap();
    assert_eq!(listed.len(), usize::from(*is_session));

    let later = session(&owner);
    let a_day_on = NOW + Receipt::REMEMBERED;
    let too_early = receipt(&name, &later.id, a_day_on - Duration::MILLISECOND);
    let refused = store.add(&later, &token().hash(), Some(&too_early)).await;
    assert!(matches!(refused, Err(SessionStoreError::Repeated)));
    let anew = receipt(&name, &later.id, a_day_on);
    store
        .add(&later, &token().hash(), Some(&anew))
        .await
        .unwrap();
    assert_eq!(store.receipt(name.as_str()).await.unwrap(), Some(anew));
}

/// A request that is refused for want of room may be sent again.
pub async fn keeps_no_receipt_of_what_is_not_made(store: &Arc<dyn SessionStore>) {
    let (owner, name) = (new_owner(), new_id());
    let mut last = None;
    for _ in 0..<dyn SessionStore>::MOST {
        let session = session(&owner);
        add(store, &session).await;
        last = Some(session);
    }
    let (wanted, in_cookie) = (session(&owner), token());
    let receipt = receipt(&name, &wanted.id, NOW);
    let refused = store.add(&wanted, &in_cookie.hash(), Some(&receipt)).await;
    assert!(matches!(refused, Err(SessionStoreError::Full)));
    assert_eq!(store.receipt(name.as_str()).await.unwrap(), None);
    store.end(&last.unwrap().id).await.unwrap();
    let made = store.add(&wanted, &in_cookie.hash(), Some(&receipt)).await;
    made.unwrap();
}
