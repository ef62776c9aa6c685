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

pub mod ends;
pub mod links;
pub mod receipts;
pub mod sessions;

use crate::{
    LinkToken, Redemption, Session, SessionLengths, SessionStore, SessionToken, SignInLink,
};
use central_logger_keys::{ClientId, KeyId, KeyOwner, Scope};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

/// Makes a test of each check.
#[macro_export]
macro_rules! session_store_checks {
    ($open:expr) => {
        $crate::__session_tests! { ($open)
            sessions:
                keeps_a_session_as_it_is,
                writes_down_later_uses_only,
                lists_live_sessions_of_an_owner_by_age,
                keeps_a_bounded_number_for_each_owner;
            links:
                keeps_a_link_as_it_is,
                makes_a_session_of_a_link_once,
                gives_one_of_many_who_redeem_at_once_the_session,
                redeems_no_link_that_has_expired,
                lets_no_session_of_a_withdrawn_link_live;
            ends:
                ends_one_session_and_no_other,
                ends_all_of_an_owner_and_withdraws_its_links,
                deletes_what_has_ended;
            receipts:
                makes_one_session_of_a_named_request,
                keeps_no_receipt_of_what_is_not_made;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __session_tests {
    (($open:expr) $($subject:ident: $($check:ident),+;)+) => {
        mod sessions {
            use super::*;
            $( $(
                #[tokio::test]
                async fn $check() {
                    let (store, _guard) = $open().await;
                    let store: std::sync::Arc<dyn $crate::SessionStore> = std::sync::Arc::new(store);
                    $crate::conformance::$subject::$check(&store).await;
                }
            )+ )+
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
