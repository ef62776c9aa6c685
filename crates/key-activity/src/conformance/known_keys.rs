//! What a store does for keys that it knows, because it stands in one database with a store of keys.

use super::{
    CREATED, new_client,
    usage::{add, counts, of_client, slot},
};
use crate::{KeyUse, UsageBatch, UsageSlot, UsageStore};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyId, RefusalReason};
use time::{Duration, OffsetDateTime};

/// A store of activity beside a store of keys.
///
/// # Examples
///
/// ```
/// use async_trait::async_trait;
/// use central_logger_key_activity::{
///     KeyUse, MemoryActivity, UsageStore, conformance::known_keys::KnownKeys,
/// };
/// use central_logger_keys::{ClientId, KeyId};
///
/// struct Beside(MemoryActivity);
///
/// #[async_trait]
/// impl KnownKeys for Beside {
///     fn activity(&self) -> &dyn UsageStore {
///         &self.0
///     }
///     async fn add(&self, id: &KeyId, client: &ClientId) {
///         self.0.add_key(id, client);
///     }
///     async fn last_use(&self, id: &KeyId) -> Option<KeyUse> {
///         self.0.last_use(id)
///     }
/// }
/// ```
#[async_trait]
pub trait KnownKeys: Send + Sync {
    /// Returns the store of activity.
    fn activity(&self) -> &dyn UsageStore;

    /// Stores a key.
    async fn add(&self, id: &KeyId, client: &ClientId);

    /// Returns the last use of a stored key.
    async fn last_use(&self, id: &KeyId) -> Option<KeyUse>;
}

/// Checks that a last use is replaced by later ones only, and that unknown keys are passed over.
pub async fn notes_last_uses_without_moving_backwards(keys: &dyn KnownKeys) {
    let [first, second, unknown] = [(); 3].map(|()| KeyId::generate().unwrap());
    for id in [&first, &second] {
        keys.add(id, &new_client()).await;
        assert_eq!(keys.last_use(id).await, None);
    }
    let (early, late) = (CREATED + Duration::SECOND, CREATED + 2 * Duration::SECOND);
    let used = |at: OffsetDateTime| KeyUse {
        at,
        from: Some(format!("192.0.2.{}/32", at.second())),
    };
    let record = async |uses: Vec<(&KeyId, OffsetDateTime)>| {
        let uses = uses.into_iter().map(|(id, at)| (id.clone(), used(at)));
        let batch = UsageBatch {
            uses: uses.collect(),
            ..UsageBatch::default()
        };
        keys.activity().add_usage(&batch).await.unwrap();
    };
    record(vec![(&first, late), (&unknown, late), (&second, early)]).await;
    record(vec![(&first, early), (&second, late)]).await;
    record(vec![]).await;
    for id in [&first, &second] {
        assert_eq!(keys.last_use(id).await, Some(used(late)));
    }
}

/// Checks that requests with a known key and a wrong secret count for the key's client.
pub async fn counts_what_happens_to_a_key_under_its_client(keys: &dyn KnownKeys) {
    let (client, id) = (new_client(), KeyId::generate().unwrap());
    keys.add(&id, &client).await;
    let wrong_secret = UsageSlot {
        client_id: None,
        ..slot(
            UsageSlot::hour_of(CREATED),
            &client,
            &id,
            Some(RefusalReason::WrongSecret),
        )
    };
    let store = keys.activity();
    add(store, [(wrong_secret, counts(CREATED, &[]))]).await;
    let usage = of_client(store, &client, CREATED).await;
    assert_eq!(usage.len(), 1);
    assert_eq!(usage[0].key_id.as_ref(), Some(&id));
    assert_eq!(usage[0].refused["wrong_secret"], 3);
}
