//! What a store must do that can only be read, such as one of static keys.

use super::new_client;
use crate::{record::owners::Owners, store::KeyStore};
use central_logger_keys::{ApiKey, ClientId, KeyDigest, KeyId};

/// Store that is checked, and a key in it.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{MemoryKeys, conformance::read_only::{KnownKey, is_ready}};
/// use central_logger_keys::ApiKey;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ApiKey::parse("xyz789_real_key")?;
/// let (id, client) = ("static-acme".parse()?, "acme".parse()?);
/// is_ready(&KnownKey { store: MemoryKeys::new(), key, id, client }).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KnownKey<S> {
    /// The store.
    pub store: S,
    /// The key as it is presented.
    pub key: ApiKey,
    /// Its id.
    pub id: KeyId,
    /// Its client.
    pub client: ClientId,
}

/// Checks that the key is found by its id and by its digest, and no other.
pub async fn finds_a_key_by_id_and_by_digest(known: &KnownKey<impl KeyStore>) {
    let store = &known.store;
    let found = store.find(&known.id).await.unwrap().expect("found by id");
    let names = (&found.record.id, found.record.client());
    assert_eq!(names, (&known.id, Some(&known.client)));
    let by_digest = store.find_by_digest(&known.key.digest()).await.unwrap();
    assert_eq!(by_digest.expect("found by digest").record, found.record);

    let other = KeyDigest::of(b"another key");
    assert!(store.find_by_digest(&other).await.unwrap().is_none());
    let other = KeyId::generate().unwrap();
    assert!(store.find(&other).await.unwrap().is_none());
}

/// Checks that a client is shown its own keys.
pub async fn lists_by_client(known: &KnownKey<impl KeyStore>) {
    let store = &known.store;
    let listed = store
        .list(Owners::Client(&known.client))
        .await
        .unwrap()
        .records;
    assert!(listed.iter().any(|record| record.id == known.id));
    assert!(
        listed
            .iter()
            .all(|record| record.client() == Some(&known.client))
    );
    let all = store.list(Owners::All).await.unwrap().records;
    assert!(listed.iter().all(|record| all.contains(record)));
    assert!(
        store
            .list(Owners::Client(&new_client()))
            .await
            .unwrap()
            .is_empty()
    );
}

/// Checks that the store is ready.
pub async fn is_ready(known: &KnownKey<impl KeyStore>) {
    known.store.ready().await.unwrap();
}
