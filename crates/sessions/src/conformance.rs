//! What every store of sessions must do, as single checks.
//!
//! Owners are new in each check, so that all checks may run at the same time against one store.
//!
//! [`session_store_checks!`](crate::session_store_checks) turns the checks into tests. It takes the path of an
//! `async fn` that opens the store for one test. It returns the store, and a guard that is dropped after the
//! test, such as a temporary directory, or `()`:
//!
//! ```
//! # #[cfg(feature = "testing")]
//! mod tests {
//!     use central_logger_sessions::{MemorySessions, session_store_checks};
//!
//!     async fn opened() -> (MemorySessions, ()) {
//!         (MemorySessions::new(), ())
//!     }
//!
//!     session_store_checks!(opened);
//! }
//! ```
//!
//! # Panics
//! Each check panics if the store violates the contract of [`SessionStore`].
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::{
    LinkToken, Receipt, Redemption, Session, SessionLengths, SessionStore, SessionStoreError,
    SessionToken, SignInLink,
};
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyOwner, Scope, SealPurpose};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

/// Makes a test of each check.
#[macro_export]
macro_rules! session_store_checks {
    ($open:expr) => {
        $crate::__session_tests! { ($open)
            keeps_a_session_as_it_is,
            keeps_a_link_as_it_is,
            makes_a_session_of_a_link_once,
            gives_one_of_many_who_redeem_at_once_the_session,
            redeems_no_link_that_has_expired,
            writes_down_later_uses_only,
            lists_live_sessions_of_an_owner_by_age,
            ends_one_session_and_no_other,
            ends_all_of_an_owner_and_withdraws_its_links,
            lets_no_session_of_a_withdrawn_link_live,
            keeps_a_bounded_number_for_each_owner,
            deletes_what_has_ended,
            makes_one_session_of_a_named_request,
            keeps_no_receipt_of_what_is_not_made,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __session_tests {
    (($open:expr) $($check:ident,)+) => {
        mod sessions {
            use super::*;
            $(
                #[tokio::test]
                async fn $check() {
                    let (store, _guard) = $open().await;
                    let store: std::sync::Arc<dyn $crate::SessionStore> = std::sync::Arc::new(store);
                    $crate::conformance::$check(&store).await;
                }
            )+
        }
    };
}

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

fn new_id() -> KeyId {
    KeyId::generate().unwrap()
}

fn new_owner() -> KeyOwner {
    let client = new_id().as_str().to_lowercase();
    KeyOwner::from(client.parse::<ClientId>().unwrap())
}

fn token() -> SessionToken {
    SessionToken::generate().unwrap()
}

fn session(owner: &KeyOwner) -> Session {
    let scopes = [Scope::LOGS_READ, Scope::KEYS_MANAGE].into_iter().collect();
    let lengths = SessionLengths::default();
    Session::beginning(new_id(), owner.clone(), scopes, NOW, lengths)
}

fn link(owner: &KeyOwner) -> SignInLink {
    SignInLink {
        id: new_id(),
        owner: owner.clone(),
        name: Some("Älice 🔑".parse().unwrap()),
        scopes: [Scope::LOGS_READ].into_iter().collect(),
        key_id: Some(new_id()),
        by_provider: true,
        created_at: NOW,
        valid_until: NOW + Duration::minutes(15),
        used_at: None,
    }
}

fn redemption(link: &LinkToken, session: &SessionToken, at: OffsetDateTime) -> Redemption {
    Redemption::new(link, session, at, SessionLengths::default()).unwrap()
}

async fn add(store: &Arc<dyn SessionStore>, session: &Session) -> SessionToken {
    let token = token();
    store.add(session, &token.hash(), None).await.unwrap();
    token
}

async fn add_link(store: &Arc<dyn SessionStore>, link: &SignInLink) -> LinkToken {
    let token = LinkToken::generate().unwrap();
    store.add_link(link, &token.hash(), None).await.unwrap();
    token
}

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
