//! What every store of activity must do, as single checks.
//!
//! Client ids and key ids are new in each check, so that all checks may run at the same time against one
//! database that others use too. The macros [`usage_checks!`](crate::usage_checks),
//! [`watch_checks!`](crate::watch_checks), [`alert_checks!`](crate::alert_checks) and
//! [`known_key_checks!`](crate::known_key_checks) turn the checks of one ability into tests: a store that
//! lacks an ability leaves out its macro.
//!
//! A macro takes the path of an `async fn` that opens the store for one test. It returns the
//! store, and a guard that is dropped after the test, such as a temporary directory, or `()`:
//!
//! ```
//! # #[cfg(feature = "testing")]
//! mod tests {
//!     use central_logger_key_activity::{MemoryActivity, usage_checks};
//!
//!     async fn opened() -> (MemoryActivity, ()) {
//!         (MemoryActivity::new(), ())
//!     }
//!
//!     usage_checks!(opened);
//! }
//! ```
//!
//! # Panics
//! Each check panics if the store violates the contract of the traits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod alerts;
pub mod known_keys;
pub mod usage;
pub mod watch;

use crate::ActivityStore;
use central_logger_keys::{ClientId, KeyId};
use time::{OffsetDateTime, macros::datetime};

const CREATED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);

fn new_client() -> ClientId {
    let suffix = KeyId::generate().unwrap().as_str().to_ascii_lowercase();
    format!("client-{suffix}").parse().unwrap()
}

/// Runs every check of [`usage`], [`watch`] and [`alerts`], one after the other.
pub async fn run(store: &impl ActivityStore) {
    crate::__usage_list!(__run store);
    crate::__watch_list!(__run store);
    crate::__alert_list!(__run store);
}

/// Makes a test of each check of [`usage`].
#[macro_export]
macro_rules! usage_checks {
    ($open:expr) => {
        $crate::__usage_list!(__tests $open);
    };
}

/// Makes a test of each check of [`watch`].
#[macro_export]
macro_rules! watch_checks {
    ($open:expr) => {
        $crate::__watch_list!(__tests $open);
    };
}

/// Makes a test of each check of [`alerts`].
#[macro_export]
macro_rules! alert_checks {
    ($open:expr) => {
        $crate::__alert_list!(__tests $open);
    };
}

/// Makes a test of each check of [`known_keys`], for a store beside a store of keys. The function gives
/// a [`KnownKeys`](known_keys::KnownKeys).
#[macro_export]
macro_rules! known_key_checks {
    ($open:expr) => {
        $crate::__known_key_list!(__tests $open);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __usage_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with) usage:
            adds_up_what_was_counted,
            adds_up_the_keys_of_a_client,
            keeps_clients_apart_whose_keys_are_called_the_same,
            keeps_a_bounded_number_of_networks,
            shows_a_client_its_own_usage,
            answers_for_the_last_time_of_all,
            purges_old_usage,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __watch_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with) watch:
            elects_one_watcher_at_a_time,
            shows_what_was_counted,
            knows_what_is_usual_for_a_key,
            tells_of_a_bounded_number_of_networks,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __alert_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with) alerts:
            keeps_alerts_and_counts_on,
            purges_old_alerts,
            answers_for_the_last_time_of_all,
            notes_who_saw_an_alert_first,
            gives_each_delivery_to_one_at_a_time,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __known_key_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with) known_keys:
            notes_last_uses_without_moving_backwards,
            counts_what_happens_to_a_key_under_its_client,
        }
    };
}

/// Makes a module of tests, one for each check.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    (($open:expr) $module:ident: $($check:ident,)+) => {
        mod $module {
            use super::*;
            $(
                #[tokio::test]
                async fn $check() {
                    let (store, _guard) = $open().await;
                    $crate::conformance::$module::$check(&store).await;
                }
            )+
        }
    };
}

/// Runs checks one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __run {
    (($store:expr) $module:ident: $($check:ident,)+) => {
        $( $crate::conformance::$module::$check($store).await; )+
    };
}
