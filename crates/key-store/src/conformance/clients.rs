//! What is recorded of clients.

use super::{CREATED, commit, generated, new_client, put};
use crate::{
    audit::{action::AuditAction, entry::AuditEntry},
    draft::Draft,
    error::KeyStoreError,
    record::owners::Owners,
    store::KeyAdmin,
};
use central_logger_client_records::{
    ClientChange, ClientPolicy, ClientRecord, PolicySettings,
    quota::{Quota, QuotaDimension},
};
use central_logger_keys::ClientId;
use std::num::NonZeroU64;
use time::Duration;

/// Checks that records are read back as they were written, replaced and removed, each with an entry.
pub async fn keeps_records_until_they_are_changed(store: &dyn KeyAdmin) {
    let (acme, widget) = (new_client(), new_client());
    let bare = ClientRecord::new(widget.clone(), CREATED);
    let full = ClientRecord {
        name: Some("Acme's 🔑".to_owned()),
        external_id: Some(format!("crm-{acme}")),
        mail: Some("keys@acme.example".to_owned()),
        policy: r#"{"self_service":false,"max_keys":5,"max_lifetime":"90d"}"#
            .parse()
            .unwrap(),
        ..ClientRecord::new(acme.clone(), CREATED + Duration::DAY)
    };
    let head = store.head().await.unwrap();
    for record in [&full, &bare] {
        record_client(store, ClientChange::Put(record.clone()))
            .await
            .unwrap();
    }
    let book = store.clients(None).await.unwrap();
    assert_eq!(
        (&book.records[&acme], &book.records[&widget]),
        (&full, &bare)
    );
    let one = store.clients(Some(&acme)).await.unwrap();
    assert_eq!(
        one.records.into_values().collect::<Vec<_>>(),
        std::slice::from_ref(&full)
    );

    // What the provider sets is not for the client.
    assert_eq!(store.audit_of(&acme, 0, 10).await.unwrap(), []);

    let renamed = ClientRecord {
        name: None,
        mail: None,
        policy: PolicySettings::default(),
        ..full.clone()
    };
    record_client(store, ClientChange::Put(renamed.clone()))
        .await
        .unwrap();
    record_client(store, ClientChange::Remove(widget.clone()))
        .await
        .unwrap();
    let book = store.clients(None).await.unwrap();
    assert_eq!(book.records[&acme], renamed);
    assert!(!book.records.contains_key(&widget));

    let trail = store.audit(head.sequence, usize::MAX >> 1).await.unwrap();
    let of = |client: &ClientId| -> Vec<_> {
        let entries = trail.iter();
        let entries = entries.filter(|entry| entry.client_id.as_ref() == Some(client));
        entries
            .map(|entry: &AuditEntry| (entry.action, entry.before.clone(), entry.after.clone()))
            .collect()
    };
    let action = AuditAction::Client;
    assert_eq!(
        of(&acme),
        [
            (action, None, full.as_json()),
            (action, Some(full.as_json()), renamed.as_json())
        ]
    );
    let removed = (action, Some(bare.as_json()), "null".to_owned());
    assert_eq!(of(&widget)[1], removed);
}

/// Checks that no two clients have the same external id, and that one can be taken over.
pub async fn refuses_an_external_id_that_another_has(store: &dyn KeyAdmin) {
    let (first, second) = (new_client(), new_client());
    let with_id = |client: &ClientId, id: Option<&str>| {
        ClientChange::Put(ClientRecord {
            external_id: id.map(|id| format!("{id}-{first}")),
            ..ClientRecord::new(client.clone(), CREATED)
        })
    };
    record_client(store, with_id(&first, Some("one")))
        .await
        .unwrap();
    record_client(store, with_id(&first, Some("one")))
        .await
        .unwrap();
    let refused = record_client(store, with_id(&second, Some("one"))).await;
    match refused {
        Err(KeyStoreError::ExternalIdExists(owner)) => assert_eq!(owner, first),
        other => panic!("{other:?}"),
    }
    assert!(
        store
            .clients(Some(&second))
            .await
            .unwrap()
            .records
            .is_empty()
    );
    record_client(store, with_id(&first, None)).await.unwrap();
    record_client(store, with_id(&second, Some("one")))
        .await
        .unwrap();
    // Any number of clients have none.
    record_client(store, with_id(&new_client(), None))
        .await
        .unwrap();
}

/// Checks that a policy is put together from what is set for the client and for all.
pub async fn tells_the_policy_of_a_client(store: &dyn KeyAdmin) {
    let (acme, widget) = (new_client(), new_client());
    assert_eq!(store.policy(&acme).await.unwrap(), ClientPolicy::default());
    let set = |text: &str| text.parse::<PolicySettings>().unwrap();
    let of_all = |policy: &str| ClientChange::PolicyOfAll(set(policy));
    record_client(store, of_all(r#"{"self_service":false,"max_keys":9}"#))
        .await
        .unwrap();
    let own = ClientRecord {
        policy: set(r#"{"self_service":true,"renewable":true}"#),
        ..ClientRecord::new(acme.clone(), CREATED)
    };
    record_client(store, ClientChange::Put(own)).await.unwrap();
    let policy = store.policy(&acme).await.unwrap();
    assert_eq!(
        (policy.self_service, policy.max_keys, policy.renewable),
        (true, Some(9), true)
    );
    let policy = store.policy(&widget).await.unwrap();
    assert_eq!((policy.self_service, policy.renewable), (false, false));
    let book = store.clients(None).await.unwrap();
    assert_eq!(book.for_all, set(r#"{"self_service":false,"max_keys":9}"#));
    record_client(store, of_all("{}")).await.unwrap();
    assert_eq!(
        store.policy(&widget).await.unwrap(),
        ClientPolicy::default()
    );
}

/// Checks that a quota can be set before a client has keys, which then have it, and goes with the client.
pub async fn gives_a_client_its_quota_before_it_has_keys(store: &dyn KeyAdmin) {
    let client = new_client();
    let none = Quota::default();
    let quota = none.with(QuotaDimension::EntriesPerDay, NonZeroU64::new(7));
    let set = |draft: &mut Draft<'_>| draft.set_quota(&client, &[], none, quota);
    let head = store.head().await.unwrap();
    commit(store, set).await.unwrap();
    assert_eq!(
        store.clients(Some(&client)).await.unwrap().quota(&client),
        quota
    );
    assert_eq!(store.clients(None).await.unwrap().quota(&client), quota);
    let entry = store.audit(head.sequence, 1).await.unwrap().remove(0);
    assert_eq!(
        (entry.action, &entry.key_id, &entry.client_id),
        (AuditAction::Quota, &None, &Some(client.clone()))
    );
    let key = generated(&client);
    put(store, &key).await.unwrap();
    let found = store.find(&key.record.id).await.unwrap().unwrap();
    assert_eq!(found.record.quota, quota);

    record_client(store, ClientChange::Remove(client.clone()))
        .await
        .unwrap();
    let keys = store.list(Owners::Client(&client)).await.unwrap().records;
    assert_eq!(keys[0].quota, none);
}

async fn record_client(store: &dyn KeyAdmin, change: ClientChange) -> Result<(), KeyStoreError> {
    let book = store.clients(None).await.unwrap();
    commit(store, |draft| draft.record(&book, change.clone())).await
}
