//! What every store of keys must do, as single checks.
//!
//! The macros [`key_admin_checks!`](crate::key_admin_checks), [`key_feed_checks!`](crate::key_feed_checks)
//! and [`read_only_checks!`](crate::read_only_checks) turn the checks of one ability into tests: a store that
//! lacks an ability leaves out its macro.
//!
//! A macro takes an `async fn` that opens a store for one test, which nobody else changes meanwhile. It
//! returns the store, and a guard that is dropped after the test, such as a temporary directory, or `()`:
//!
//! ```
//! # #[cfg(feature = "testing")]
//! mod tests {
//!     use central_logger_key_store::{MemoryKeys, key_admin_checks};
//!
//!     async fn opened() -> (MemoryKeys, ()) {
//!         (MemoryKeys::new(), ())
//!     }
//!
//!     key_admin_checks!(opened);
//! }
//! ```
//!
//! # Panics
//! Each check panics if the store violates the contract of the traits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod audit;
pub mod changes;
pub mod clients;
pub mod feed;
pub mod keys;
pub mod read_only;
pub mod receipts;
pub mod retention;
pub mod reveal_links;

use crate::{
    audit::{
        action::AuditAction,
        actor::{Actor, ActorKind},
        entry::AuditEntry,
        state::StoreState,
    },
    draft::{Draft, Sealer},
    error::KeyStoreError,
    record::{
        key_record::{KeyProof, KeyRecord, StoredKey},
        new_key::NewKey,
    },
    store::KeyAdmin,
};
use central_logger_keys::{
    ApiKey, ClientId, KeyDigest, KeyEnvironment, KeyHasher, KeyId, KeyPrefix, StoreSalt,
};
use std::sync::{Arc, LazyLock};
use time::{OffsetDateTime, macros::datetime};

static TESTER: LazyLock<Actor> = LazyLock::new(|| {
    Actor::of(ActorKind::Session, Some("s4fzyo82mvyi"), "Alice").from_network("192.0.2.0/24")
});
const CREATED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);

/// Runs every check of [`key_admin_checks!`](crate::key_admin_checks), one after the other. The store may
/// hold keys already.
pub async fn run(store: &impl KeyAdmin) {
    crate::__key_admin_list!(__run store);
}

/// Runs every check of [`feed`], one after the other.
pub async fn run_feed(followed: &feed::Followed) {
    crate::__key_feed_list!(__run followed);
}

/// Makes a test of each check of [`keys`], [`changes`], [`audit`], [`retention`], [`clients`] and [`receipts`],
/// for a [`KeyAdmin`].
#[macro_export]
macro_rules! key_admin_checks {
    ($open:expr) => {
        $crate::__key_admin_list!(__tests $open);
    };
}

/// Makes a test of each check of [`feed`]. The function gives a
/// [`Followed`](feed::Followed) in the place of a store.
#[macro_export]
macro_rules! key_feed_checks {
    ($open:expr) => {
        $crate::__key_feed_list!(__tests $open);
    };
}

/// Makes a test of each check of [`read_only`]. The function gives a
/// [`KnownKey`](read_only::KnownKey) in the place of a store.
#[macro_export]
macro_rules! read_only_checks {
    ($open:expr) => {
        $crate::__read_only_list!(__tests $open);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __key_admin_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with)
            keys:
                reads_back_what_was_inserted,
                finds_nothing_under_an_unknown_id,
                refuses_an_id_that_exists,
                refuses_an_opaque_key_that_exists,
                keeps_the_first_opaque_salt,
                lists_oldest_first_and_by_client,
                lists_keys_of_the_provider_apart,
                refuses_times_that_are_no_timestamps,
                is_ready;
            changes:
                changes_what_may_change_and_nothing_else,
                makes_a_change_whole_or_not_at_all,
                refuses_a_change_that_was_decided_on_another_state,
                gives_all_keys_of_a_client_its_quota,
                keeps_the_audit_trail_as_it_was_written;
            retention:
                keeps_terms_until_they_are_changed;
            clients:
                keeps_records_until_they_are_changed,
                refuses_an_external_id_that_another_has,
                tells_the_policy_of_a_client,
                gives_a_client_its_quota_before_it_has_keys;
            receipts:
                keeps_a_receipt_with_its_change,
                makes_a_change_once_while_it_is_remembered,
                remembers_what_was_done,
                deletes_old_receipts;
            reveal_links:
                reads_back_a_reveal_link,
                uses_a_reveal_link_once,
                gives_no_key_for_a_link_that_has_ended,
                leaves_a_used_link_as_it_is,
                keeps_the_first_look_at_a_link,
                counts_passphrases,
                lists_reveal_links,
                deletes_old_reveal_links;
            audit:
                replaces_a_hash_within_a_change,
                keeps_identity_end_and_pepper,
                gives_keys_with_what_verifies_them,
                knows_whether_opaque_keys_hang_on_other_peppers;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __key_feed_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with)
            feed:
                tells_what_has_changed,
                says_everything_when_it_cannot_tell,
                knows_who_is_behind,
                tells_renewed_leases_apart,
                knows_which_peppers_holders_of_leases_have,
                tells_when_it_was_accepted_that_the_store_was_set_back,
                tells_terms_when_they_have_changed,
                announces;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __read_only_list {
    ($do:ident $with:expr) => {
        $crate::$do! { ($with)
            read_only:
                finds_a_key_by_id_and_by_digest,
                lists_by_client,
                is_ready;
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

/// Stores a generated key of that id and client, for checks of what stands beside a store of keys.
pub async fn add_key(store: &dyn KeyAdmin, id: &KeyId, client: &ClientId) {
    let mut key = generated(client);
    key.record.id = id.clone();
    put(store, &key).await.unwrap();
}

/// Stores a key, and again when somebody else was quicker.
async fn put(store: &dyn KeyAdmin, key: &StoredKey) -> Result<(), KeyStoreError> {
    loop {
        let change = |draft: &mut Draft<'_>| draft.add(key.clone(), AuditAction::Issue);
        match commit(store, change).await {
            Err(KeyStoreError::Stale) => {}
            done => return done,
        }
    }
}

/// The entries of the audit trail after a place that name a key.
async fn entries_about(store: &dyn KeyAdmin, after: u64, id: &KeyId) -> Vec<AuditEntry> {
    let mut entries = store.audit(after, usize::MAX >> 1).await.unwrap();
    entries.retain(|entry| entry.key_id.as_ref() == Some(id));
    entries
}

async fn commit(
    store: &dyn KeyAdmin,
    decide: impl Fn(&mut Draft<'_>),
) -> Result<(), KeyStoreError> {
    let state = store.state().await?;
    let mut draft = draft_on(&state);
    decide(&mut draft);
    store.commit(&draft.finish().expect("a change")).await
}

fn draft_on(state: &StoreState) -> Draft<'_> {
    let sealer = Sealer {
        hasher: Arc::new(KeyHasher::new()),
        has_pepper: true,
    };
    Draft::new(state, &sealer, &TESTER, CREATED)
}

fn new_client() -> ClientId {
    let suffix = KeyId::generate().unwrap().as_str().to_ascii_lowercase();
    format!("client-{suffix}").parse().unwrap()
}

fn generated(client: &ClientId) -> StoredKey {
    let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
    StoredKey {
        record: record(key.key_id().unwrap().clone(), client),
        proof: KeyProof::Generated {
            hash: KeyHasher::new().hash_generated(&key).unwrap(),
            fingerprint: key.fingerprint().unwrap(),
        },
    }
}

async fn opaque(store: &dyn KeyAdmin, client: &ClientId, text: &str) -> StoredKey {
    let digest = KeyDigest::of(text.as_bytes());
    let salt = settled_salt(store).await;
    StoredKey {
        record: record(KeyId::generate().unwrap(), client),
        proof: KeyProof::Opaque {
            hash: KeyHasher::new().hash_opaque(&digest, salt).unwrap(),
        },
    }
}

async fn settled_salt(store: &dyn KeyAdmin) -> StoreSalt {
    let proposed = StoreSalt::generate().unwrap();
    store.settle_opaque_salt(proposed).await.unwrap()
}

fn record(id: KeyId, client: &ClientId) -> KeyRecord {
    NewKey::for_client(client.clone()).into_record(id, CREATED)
}
