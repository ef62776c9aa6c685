//! How sessions and links end.

use super::{NOW, add, add_link, link, new_owner, redemption, session, token};
use crate::{Session, SessionStore, SignInLink};
use std::sync::Arc;
use time::Duration;

/// A session that was ended is not found any more.
pub async fn ends_one_session_and_no_other(store: &Arc<dyn SessionStore>) {
    let owner = new_owner();
    let (ended, other) = (session(&owner), session(&owner));
    let (token, other_token) = (add(store, &ended).await, add(store, &other).await);
    assert_eq!(store.end(&ended.id).await.unwrap().as_ref(), Some(&ended));
    assert_eq!(store.end(&ended.id).await.unwrap(), None);
    assert_eq!(store.find(&token.hash()).await.unwrap(), None);
    assert_eq!(store.find_by_id(&ended.id).await.unwrap(), None);
    let found = store.find(&other_token.hash()).await.unwrap();
    assert_eq!(found, Some(other));
}

/// Nothing of other owners is touched.
pub async fn ends_all_of_an_owner_and_withdraws_its_links(store: &Arc<dyn SessionStore>) {
    let (owner, other) = (new_owner(), new_owner());
    let sessions = [session(&owner), session(&owner)];
    let tokens = [
        add(store, &sessions[0]).await,
        add(store, &sessions[1]).await,
    ];
    let (unused, used) = (
        add_link(store, &link(&owner)).await,
        add_link(store, &link(&owner)).await,
    );
    let redeemed = store
        .redeem(&redemption(&used, &token(), NOW))
        .await
        .unwrap();
    let elsewhere = (
        add(store, &session(&other)).await,
        add_link(store, &link(&other)).await,
    );

    let mut ended = store.end_all(&owner).await.unwrap();
    let mut ids = sessions.map(|session| session.id.to_string()).to_vec();
    ids.push(redeemed.unwrap().id.to_string());
    ids.sort();
    ended.sessions.sort_by_key(ToString::to_string);
    let ended_ids: Vec<_> = ended.sessions.iter().map(ToString::to_string).collect();
    assert_eq!((ended_ids, ended.links), (ids, 1));
    for token in tokens {
        assert_eq!(store.find(&token.hash()).await.unwrap(), None);
    }
    let late = redemption(&unused, &token(), NOW);
    assert_eq!(store.redeem(&late).await.unwrap(), None);
    assert!(store.find(&elsewhere.0.hash()).await.unwrap().is_some());
    let theirs = redemption(&elsewhere.1, &token(), NOW);
    assert!(store.redeem(&theirs).await.unwrap().is_some());
    assert!(store.end_all(&owner).await.unwrap().is_nothing());
}

/// What is live stays.
pub async fn deletes_what_has_ended(store: &Arc<dyn SessionStore>) {
    let owner = new_owner();
    // So long ago that nothing of other checks is deleted.
    let ago = |session: Session| Session {
        idle_ends_at: session.idle_ends_at - Duration::days(365),
        ..session
    };
    let (over, live) = (ago(session(&owner)), session(&owner));
    let (over, live) = (add(store, &over).await, add(store, &live).await);
    let expired = SignInLink {
        valid_until: NOW - Duration::days(365),
        ..link(&owner)
    };
    let (expired, good) = (
        add_link(store, &expired).await,
        add_link(store, &link(&owner)).await,
    );
    store.purge(NOW - Duration::days(360)).await.unwrap();
    assert_eq!(store.find(&over.hash()).await.unwrap(), None);
    assert_eq!(store.find_link(&expired.hash()).await.unwrap(), None);
    assert!(store.find(&live.hash()).await.unwrap().is_some());
    assert!(store.find_link(&good.hash()).await.unwrap().is_some());
}
