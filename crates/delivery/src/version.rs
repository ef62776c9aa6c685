use central_logger_keys::KeyId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Returns the name of the version of a secret that holds this key of this store: the same for each attempt to
/// write it, and another for each key (UUID version 8, RFC 9562).
///
/// # Examples
///
/// ```
/// use central_logger_delivery::version_of;
///
/// let id = "4fzyo82mvyi1".parse()?;
/// assert_eq!(version_of("store-1", &id), version_of("store-1", &id));
/// assert_ne!(version_of("store-1", &id), version_of("store-2", &id));
/// # Ok::<(), central_logger_keys::InvalidKeyId>(())
/// ```
pub fn version_of(store: &str, key: &KeyId) -> Uuid {
    let digest = Sha256::digest(format!("{store} {key}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid::from_bytes(bytes)
}
