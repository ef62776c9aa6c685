//! What a store keeps of sessions.

use super::{NOW, add, add_link, link, new_id, new_owner, redemption, session, token};
use crate::{LinkToken, Session, SessionStore, SessionStoreError};
use central_logger_keys::KeyOwner;
use std::sync::Arc;
use time::Duration;

/// A session is found by its token and its id, with all that it was kept with, and by nothing else.
pub async fn keeps_a_session_as_it_is(store: &Arc<dyn SessionStore>) {
    let plain = session(&KeyOwner::Provider);
    let full = Session {
        name: Some("Älice 🔑".parse().unwrap()),
        key_id: Some(new_id()),
        by_provider: true,
        ..session(&new_owner())
    };
    for session in [plain, full] {
        let token = add(store, &session).await;
        let found = store.find(&token.hash()).await.unwrap();
        assert_eq!(found.as_ref(), Some(&session));
        let found = store.find_by_id(&session.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&session));
    }
    assert_eq!(store.find(&token().hash()).await.unwrap(), None);
    assert_eq!(store.find_by_id(&new_id()).await.unwrap(), None);
}

/// A use prolongs a session, and one that arrives late does not shorten it.
pub async fn writes_down_later_uses_only(store: &Arc<dyn SessionStore>) {
    let session = session(&new_owner());
    let token = add(store, &session).await;
    for minutes in [5, 3] {
        let at = NOW + Duration::minutes(minutes);
        let end = at + Duration::minutes(30);
        store.touch(&session.id, at, end).await.unwrap();
    }
    let touched = store.find(&token.hash()).await.unwrap().unwrap();
    let expected = Session {
        last_used_at: NOW + Duration::minutes(5),
        idle_ends_at: NOW + Duration::minutes(35),
        ..session
    };
    assert_eq!(touched, expected);
    let nobody = store.touch(&new_id(), NOW, NOW).await;
    nobody.unwrap();
}

/// What has ended by idleness or at last is not listed.
pub async fn lists_live_sessions_of_an_owner_by_age(store: &Arc<dyn SessionStore>) {
    let owner = new_owner();
    let at = |minute| NOW + Duration::minutes(minute);
    let [young, old, idle, over] = [3, 1, 2, 4].map(|minute| Session {
        created_at: at(minute),
        ..session(&owner)
    });
    let idle = Session {
        idle_ends_at: at(10),
        ..idle
    };
    let over = Session {
        ends_at: at(10),
        ..over
    };
    for session in [&young, &old, &idle, &over, &session(&new_owner())] {
        add(store, session).await;
    }
    let listed = store.list(Some(&owner), at(10)).await.unwrap();
    assert_eq!(listed, [old.clone(), young.clone()]);
    let all = store.list(None, at(10)).await.unwrap();
    assert!(all.contains(&old) && all.contains(&young) && all.len() > 2);
}

/// What has ended takes no place, and others have places of their own.
pub async fn keeps_a_bounded_number_for_each_owner(store: &Arc<dyn SessionStore>) {
    let owner = new_owner();
    let over = Session {
        ends_at: NOW,
        ..session(&owner)
    };
    add(store, &over).await;
    let in_url = add_link(store, &link(&owner)).await;
    for _ in 1..<dyn SessionStore>::MOST {
        add(store, &session(&owner)).await;
    }
    let one_more = store.add(&session(&owner), &token().hash(), None).await;
    assert!(matches!(one_more, Err(SessionStoreError::Full)));
    let token_of_link = LinkToken::generate().unwrap();
    let one_more = store
        .add_link(&link(&owner), &token_of_link.hash(), None)
        .await;
    assert!(matches!(one_more, Err(SessionStoreError::Full)));
    let redeemed = store.redeem(&redemption(&in_url, &token(), NOW)).await;
    let redeemed = redeemed.unwrap().expect("it takes the place of its link");
    let one_more = store.add(&session(&owner), &token().hash(), None).await;
    assert!(matches!(one_more, Err(SessionStoreError::Full)));
    store.end(&redeemed.id).await.unwrap();
    add(store, &session(&owner)).await;
    add(store, &session(&new_owner())).await;
}
