use crate::{Connection, Failure};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, IssuedKey, NewKey};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyPrefix};
use central_logger_times::{Clock, SystemClock};
use std::sync::Arc;

/// Changes the keys of a database, new or not, as the command line does.
///
/// # Errors
/// When the database does not open.
pub async fn keyring(url: &str) -> Result<Keyring, Failure> {
    keyring_at(url, Arc::new(SystemClock)).await
}

/// As [`keyring`], at the time of a clock.
///
/// # Errors
/// As [`keyring`].
pub async fn keyring_at(url: &str, clock: Arc<dyn Clock>) -> Result<Keyring, Failure> {
    let database = central_logger_database::open(url).await?;
    database.migrate().await?;
    let keys = database.keys();
    let hashes = HashPool::new(KeyHasher::new());
    Ok(Keyring::new(keys, hashes, clock, Actor::new("bench")))
}

/// A new key of the client `bench`.
///
/// # Errors
/// When the database fails.
pub async fn issue(keyring: &Keyring) -> Result<IssuedKey, Failure> {
    issue_to("bench", keyring).await
}

/// A new key of any client.
///
/// # Errors
/// When that is no name of a client, or the database fails.
pub async fn issue_to(client: &str, keyring: &Keyring) -> Result<IssuedKey, Failure> {
    let new = NewKey::for_client(client.parse()?);
    Ok(keyring.issue(&KeyPrefix::default(), new).await?)
}

/// A request for `path` with a key.
pub fn request(path: &str, key: &str) -> Vec<u8> {
    Connection::request(path, &format!("X-API-Key: {key}\r\n"))
}
