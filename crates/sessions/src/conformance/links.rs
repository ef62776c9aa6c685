//! How a link becomes a session.

use super::{NOW, add_link, link, new_owner, redemption, token};
use crate::{LinkToken, SessionStore};
use std::sync::Arc;
use time::Duration;

/// A link is found by its token, and looking at it uses nothing up.
pub async fn keeps_a_link_as_it_is(store: &Arc<dyn SessionStore>) {
    let link = link(&new_owner());
    let token = add_link(store, &link).await;
    for _ in 0..3 {
        let found = store.find_link(&token.hash()).await.unwrap();
        assert_eq!(found.as_ref(), Some(&link));
    }
    let stranger = LinkToken::generate().unwrap();
    assert_eq!(store.find_link(&stranger.hash()).await.unwrap(), None);
}

/// The session has what the link says, and the link is used up.
pub async fn makes_a_session_of_a_link_once(store: &Arc<dyn SessionStore>) {
    let link = link(&new_owner());
    let (in_url, in_cookie) = (add_link(store, &link).await, token());
    let first = redemption(&in_url, &in_cookie, NOW + Duration::SECOND);
    let session = store.redeem(&first).await.unwrap().unwrap();
    assert_eq!(session, first.session_of(&link));
    let found = store.find(&in_cookie.hash()).await.unwrap();
    assert_eq!(found, Some(session));
    let second = redemption(&in_url, &token(), NOW + Duration::SECOND);
    assert_eq!(store.redeem(&second).await.unwrap(), None);
    let used = store.find_link(&in_url.hash()).await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(first.at));
}

/// However many come at once, one gets the session.
pub async fn gives_one_of_many_who_redeem_at_once_the_session(store: &Arc<dyn SessionStore>) {
    let owner = new_owner();
    let in_url = Arc::new(add_link(store, &link(&owner)).await);
    let tasks = (0..10).map(|_| {
        let (store, in_url) = (Arc::clone(store), Arc::clone(&in_url));
        tokio::spawn(async move {
            let redemption = redemption(&in_url, &token(), NOW);
            store.redeem(&redemption).await.unwrap().is_some()
        })
    });
    let mut won = 0;
    for task in tasks.collect::<Vec<_>>() {
        won += usize::from(task.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(store.list(Some(&owner), NOW).await.unwrap().len(), 1);
}

/// A link is good until its end, and not at it.
pub async fn redeems_no_link_that_has_expired(store: &Arc<dyn SessionStore>) {
    let link = link(&new_owner());
    let in_url = add_link(store, &link).await;
    let late = redemption(&in_url, &token(), link.valid_until);
    assert_eq!(store.redeem(&late).await.unwrap(), None);
    let in_time = link.valid_until - Duration::MILLISECOND;
    let in_time = redemption(&in_url, &token(), in_time);
    assert!(store.redeem(&in_time).await.unwrap().is_some());
}

/// A link that is used up while all of its owner ends leaves no session behind.
pub async fn lets_no_session_of_a_withdrawn_link_live(store: &Arc<dyn SessionStore>) {
    for _ in 0..20 {
        let owner = new_owner();
        let in_url = add_link(store, &link(&owner)).await;
        let (redeeming, ending) = (Arc::clone(store), Arc::clone(store));
        let redeemed = tokio::spawn(async move {
            let redemption = redemption(&in_url, &token(), NOW);
            redeeming.redeem(&redemption).await.unwrap();
        });
        let of = owner.clone();
        let ended = tokio::spawn(async move { ending.end_all(&of).await.unwrap() });
        redeemed.await.unwrap();
        ended.await.unwrap();
        assert_eq!(store.list(Some(&owner), NOW).await.unwrap(), []);
    }
}
