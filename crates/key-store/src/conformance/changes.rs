//! What every store must do with a change.

use super::{CREATED, TESTER, commit, draft_on, entries_about, generated, new_client, put};
use crate::{
    audit::{action::AuditAction, check::AuditCheck},
    draft::Draft,
    error::KeyStoreError,
    record::{key_maker::KeyMaker, key_record::KeyRecord, owners::Owners, rate_bucket::RateBucket},
    store::KeyAdmin,
};
use central_logger_client_records::quota::{Quota, QuotaDimension};
use central_logger_keys::KeyHasher;
use std::num::NonZeroU64;
use time::Duration;

/// Checks that an update reaches the members that may change, of that key alone.
pub async fn changes_what_may_change_and_nothing_else(store: &dyn KeyAdmin) {
    let client = new_client();
    let (mut key, bystander) = (generated(&client), generated(&client));
    key.record.expires_at = Some(CREATED + Duration::days(9));
    key.record.last_used_at = Some(CREATED + Duration::seconds(7));
    key.record.last_used_from = Some("2001:db8::/64".into());
    put(store, &key).await.unwrap();
    put(store, &bystander).await.unwrap();
    let update = KeyRecord {
        is_active: false,
        grace_ends_at: Some(CREATED + Duration::hours(1)),
        revoked_at: Some(CREATED + Duration::hours(2)),
        revoked_reason: Some("it's \"out\"".into()),
        name: Some("Acme's 🔑".into()),
        note: Some("another".into()),
        allowed_from: "203.0.113.0/24 2001:db8::/32".parse().unwrap(),
        rate_limit: Some("600/m".parse().unwrap()),
        shared_rates: RateBucket::parse_all("4fzyo82mvyi1=100/s").unwrap(),
        provider_set: "rate expiry".parse().unwrap(),
        ..key.record.clone()
    };
    let stale_in_the_rest = KeyRecord {
        scopes: "keys:manage".parse().unwrap(),
        made_by: KeyMaker::Key(bystander.record.id.clone()),
        expires_at: None,
        last_used_at: None,
        last_used_from: None,
        ..update.clone()
    };
    let change = |draft: &mut Draft<'_>| {
        draft.put(&key, update.clone(), AuditAction::Revoke);
        draft.change.updates = vec![stale_in_the_rest.clone()];
    };
    commit(store, change).await.unwrap();
    let found = store.find(&key.record.id).await.unwrap().unwrap();
    assert_eq!(found.record, update);
    assert_eq!(found.proof, key.proof);
    let untouched = store.find(&bystander.record.id).await.unwrap().unwrap();
    assert_eq!(untouched.record, bystander.record);
}

/// Checks that a quota holds for all keys of a client, later ones too.
pub async fn gives_all_keys_of_a_client_its_quota(store: &dyn KeyAdmin) {
    let (client, other) = (new_client(), new_client());
    let (first, second) = (generated(&client), generated(&client));
    let bystander = generated(&other);
    for key in [&first, &bystander] {
        put(store, key).await.unwrap();
    }
    let quota = |per_day: u64, per_month: u64, bytes: u64| {
        Quota::default()
            .with(QuotaDimension::RequestsPerDay, NonZeroU64::new(per_day))
            .with(QuotaDimension::RequestsPerMonth, NonZeroU64::new(per_month))
            .with(QuotaDimension::EntriesPerDay, NonZeroU64::new(1 << 40))
            .with(QuotaDimension::BytesPerDay, NonZeroU64::new(bytes))
    };
    let last = quota(7, 0, 0);
    for quota in [quota(10, u32::MAX.into(), 1), last] {
        let keys = store.stored(Owners::Client(&client)).await.unwrap().records;
        let change =
            |draft: &mut Draft<'_>| draft.set_quota(&client, &keys, keys[0].record.quota, quota);
        commit(store, change).await.unwrap();
        let found = store.find(&first.record.id).await.unwrap().unwrap();
        assert_eq!(found.record.quota, quota);
    }
    put(store, &second).await.unwrap();
    let keys = store.list(Owners::Client(&client)).await.unwrap().records;
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert_eq!(key.quota, last, "a later key has it too");
    }
    assert_eq!(store.client_quota(&client).await.unwrap(), last);
    assert!(store.client_quota(&other).await.unwrap().is_unlimited());
    let untouched = store.find(&bystander.record.id).await.unwrap().unwrap();
    assert_eq!(untouched.record, bystander.record);
}

/// Checks that a change that fails leaves nothing behind, in keys or in the audit trail.
pub async fn makes_a_change_whole_or_not_at_all(store: &dyn KeyAdmin) {
    let (present, new) = (generated(&new_client()), generated(&new_client()));
    put(store, &present).await.unwrap();
    let head = store.head().await.unwrap();
    let change = |draft: &mut Draft<'_>| {
        let off = KeyRecord {
            is_active: false,
            ..present.record.clone()
        };
        draft.put(&present, off, AuditAction::Disable);
        draft.add(new.clone(), AuditAction::Issue);
        draft.add(present.clone(), AuditAction::Issue);
    };
    // In a shared database others may make it stale first.
    loop {
        match commit(store, change).await.unwrap_err() {
            KeyStoreError::Stale => {}
            refusal => {
                assert!(matches!(refusal, KeyStoreError::IdExists(_)), "{refusal:?}");
                break;
            }
        }
    }
    assert!(store.find(&new.record.id).await.unwrap().is_none());
    let kept = store.find(&present.record.id).await.unwrap().unwrap();
    assert_eq!(kept.record, present.record);
    for id in [&new.record.id, &present.record.id] {
        assert_eq!(entries_about(store, head.sequence, id).await, []);
    }
}

/// Checks that a change is refused that was decided on another state.
pub async fn refuses_a_change_that_was_decided_on_another_state(store: &dyn KeyAdmin) {
    let (first, second) = (generated(&new_client()), generated(&new_client()));
    let old = store.state().await.unwrap();
    put(store, &first).await.unwrap();
    let mut draft = draft_on(&old);
    draft.add(second.clone(), AuditAction::Issue);
    let refusal = store.commit(&draft.finish().unwrap()).await.unwrap_err();
    assert!(matches!(refusal, KeyStoreError::Stale), "{refusal:?}");
    assert!(store.find(&second.record.id).await.unwrap().is_none());
}

/// Checks that the audit trail is read as it was written, and holds together.
pub async fn keeps_the_audit_trail_as_it_was_written(store: &dyn KeyAdmin) {
    let before = store.head().await.unwrap();
    let keys = [generated(&new_client()), generated(&new_client())];
    for key in &keys {
        put(store, key).await.unwrap();
    }
    let state = store.state().await.unwrap();
    let head = state.head;
    let entries = store.audit(before.sequence, usize::MAX >> 1).await.unwrap();
    for key in &keys {
        let entry = entries
            .iter()
            .find(|entry| entry.key_id.as_ref() == Some(&key.record.id));
        let entry = entry.expect("an entry for each key");
        assert_eq!(entry.action, AuditAction::Issue);
        assert_eq!((entry.at, &entry.actor), (CREATED, &*TESTER));
        assert_eq!(
            (&entry.client_id, &entry.before),
            (&key.record.client().cloned(), &None)
        );
        let one = store.audit(entry.sequence - 1, 1).await.unwrap();
        assert_eq!(one, std::slice::from_ref(entry));
        let client = key.record.client().unwrap();
        let of_client = store.audit_of(client, 0, 10).await.unwrap();
        assert_eq!(of_client, std::slice::from_ref(entry));
        assert_eq!(store.audit_of(client, 1, 10).await.unwrap(), []);
        assert_eq!(store.audit_of(client, 0, 0).await.unwrap(), []);
    }
    let hasher = KeyHasher::new();
    let mut check = AuditCheck::new(&hasher);
    for entry in store.audit(0, usize::MAX >> 1).await.unwrap() {
        if entry.sequence <= head.sequence {
            check.entry(&entry);
        }
    }
    let stored = store.stored(Owners::All).await.unwrap();
    let retention = store.retention().await.unwrap();
    let clients = store.clients(None).await.unwrap();
    let report = check.finish(&state, &stored, &retention, &clients);
    assert_eq!((report.entries, report.faults), (head.sequence, Vec::new()));
}
