//! The checks that every store of logs must pass, as single functions.
//!
//! Client ids are new in each check, so that all checks may run at the same time against one database
//! that others use too. The macros turn the checks of one ability into tests:
//!
//! | macro | for |
//! |---|---|
//! | [`log_store_checks!`](crate::log_store_checks) | storing, order, pages, search, counts, the range of times, and turns |
//! | [`idempotency_checks!`](crate::idempotency_checks) | idempotency keys |
//! | [`tail_checks!`](crate::tail_checks) | the order in which entries became visible |
//! | [`log_pruner_checks!`](crate::log_pruner_checks) | deleting logs |
//!
//! A store that lacks an ability leaves out its macro. A macro takes the path of an `async fn` that opens
//! the store for one test. It returns the store, and a guard that is dropped after the test, such as a
//! temporary directory, or `()`:
//!
//! ```
//! # #[cfg(feature = "testing")]
//! mod tests {
//!     use central_logger_log_store::{MemoryLogs, log_store_checks};
//!
//!     async fn opened() -> (MemoryLogs, ()) {
//!         (MemoryLogs::new(), ())
//!     }
//!
//!     log_store_checks!(opened);
//! }
//! ```
//!
//! # Panics
//! Each check panics if the store violates the contract of [`LogStore`] or [`LogPruner`].
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod arrivals;
pub mod entries;
pub mod idempotency;
pub mod order;
pub mod pages;
pub mod range;
pub mod retention;
pub mod scanning;
pub mod stats;
pub mod turns;

use crate::{
    entries::{LogEntry, LogId, Place},
    queries::LogSearch,
    store::{LogPruner, LogStore},
    submission::Submission,
};
use central_logger_keys::{ClientId, KeyId};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use time::{OffsetDateTime, macros::datetime};

const RECEIVED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);
const NOON: &str = "2026-03-01T12:00:00Z";

/// Runs every check of a [`LogStore`], one after the other.
pub async fn run(store: &dyn LogStore) {
    crate::__log_store_list!(__run store);
    crate::__idempotency_list!(__run store);
    crate::__tail_list!(__run store);
}

/// Runs every check of a [`LogPruner`], one after the other.
pub async fn run_pruner(store: &(impl LogStore + LogPruner)) {
    crate::__log_pruner_list!(__run store);
}

/// Makes a test of each check of [`entries`], [`pages`], [`order`], [`range`], [`scanning`], [`stats`] and
/// [`turns`].
#[macro_export]
macro_rules! log_store_checks {
    ($open:expr) => {
        $crate::__log_store_list!(__tests $open);
    };
}

/// Makes a test of each check of [`idempotency`].
#[macro_export]
macro_rules! idempotency_checks {
    ($open:expr) => {
        $crate::__idempotency_list!(__tests $open);
    };
}

/// Makes a test of each check of [`arrivals`].
#[macro_export]
macro_rules! tail_checks {
    ($open:expr) => {
        $crate::__tail_list!(__tests $open);
    };
}

/// Makes a test of each check of [`retention`], for a store that is a [`LogPruner`] too.
#[macro_export]
macro_rules! log_pruner_checks {
    ($open:expr) => {
        $crate::__log_pruner_list!(__tests $open);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_store_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with)
            entries:
                reads_back_what_was_appended,
                keeps_further_members_as_they_were_written,
                stores_a_repeated_event_once,
                appends_many_at_once,
                ends_a_page_before_it_is_too_large,
                keeps_clients_apart,
                is_ready;
            pages:
                pages_through_equal_times_without_loss_or_repeat,
                keeps_a_cursor_valid_while_entries_arrive,
                filters_by_what_is_asked,
                takes_from_as_inclusive_and_to_as_exclusive;
            order:
                orders_by_microsecond_and_then_by_place,
                tells_when_an_id_is_taken_and_stores_nothing,
                tells_events_apart_by_the_microsecond,
                lends_no_place_twice,
                lends_on_from_the_bound_when_the_clock_is_set_back,
                lends_to_several_at_once;
            range:
                keeps_the_first_and_the_last_of_all_times;
            scanning:
                looks_no_further_than_it_should,
                tells_whether_there_is_more,
                counts_in_parts,
                finds_what_is_asked_for_however_it_is_written;
            stats:
                counts_by_time_and_value,
                counts_what_is_asked_for,
                counts_by_two_fields,
                tells_which_values_there_are,
                lists_only_so_many_values,
                counts_ones_own_only,
                tells_only_so_many_values_apart;
            turns:
                serves_others_while_one_client_reads_all_it_can;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __idempotency_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with)
            idempotency:
                stores_the_appends_of_several_clients_together,
                carries_out_a_claimed_append_once,
                tells_equal_claims_of_a_group_and_of_clients_apart,
                claims_a_name_without_entries,
                refuses_times_that_are_no_timestamps,
                remembers_for_others_while_one_client_reads_all_it_can,
                deletes_a_claim_when_its_time_is_over;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tail_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with)
            arrivals:
                tells_what_comes_and_nothing_from_before,
                tells_many_each_once,
                tells_an_event_once,
                goes_on_after_an_entry,
                deletes_what_came_before_a_position,
                tells_others_what_comes_while_one_client_reads_all_it_can,
                finds_several_entries_of_one_client;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_pruner_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with)
            retention:
                deletes_what_lies_below_an_id_and_nothing_else,
                deletes_many_in_batches,
                goes_through_all_clients_once,
                names_the_clients_of_whom_entries_came,
                prunes_each_client_by_its_own_term,
                lets_several_delete_at_once,
                purges_all_of_one_client,
                keeps_what_months_have_not_ended;
        }
    };
}

/// Makes modules of tests, one test for each check.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    (($open:expr) $($module:ident: $($check:ident),+;)+) => {
        $(
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
        )+
    };
}

/// Runs checks one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __run {
    (($store:expr) $($module:ident: $($check:ident),+;)+) => {
        $( $( $crate::conformance::$module::$check($store).await; )+ )+
    };
}

fn new_client() -> ClientId {
    let suffix = KeyId::generate().unwrap().as_str().to_ascii_lowercase();
    format!("client-{suffix}").parse().unwrap()
}

fn at(executed_at: &str) -> Value {
    json!({"environment": "e", "executed_at": executed_at, "status": "s"})
}

fn query(pairs: &[(&str, &str)]) -> LogSearch {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    LogSearch::from_pairs(owned).unwrap()
}

fn parse(client: &ClientId, body: &[u8]) -> Vec<LogEntry> {
    let now = RECEIVED + time::Duration::days(1);
    let mut entries = match Submission::parse(body, client, now).unwrap() {
        Submission::One(entry) => vec![entry],
        Submission::Many(entries) => entries,
    };
    for entry in &mut entries {
        entry.place(next_place());
    }
    entries
}

/// Clients are new in each run, so it is enough that no two in a process are the same.
fn next_place() -> Place {
    static LAST: AtomicU64 = AtomicU64::new(0);
    Place {
        arrival: LAST.fetch_add(1, Ordering::Relaxed) + 1,
        writer: 0,
    }
}

fn entry(client: &ClientId, body: Value) -> LogEntry {
    parse(client, body.to_string().as_bytes()).remove(0)
}

async fn append(store: &dyn LogStore, client: &ClientId, body: Value) -> LogId {
    let entry = entry(client, body);
    store
        .append(client, RECEIVED, std::slice::from_ref(&entry))
        .await
        .unwrap();
    entry.id()
}
