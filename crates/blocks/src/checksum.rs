//! Checksums of what a store keeps. They find damage, not malice.

use central_logger_keys::ClientId;
use twox_hash::XxHash64;

/// Returns the checksum of a block's bytes as those of `client`.
pub(crate) fn of_block(client: &ClientId, bytes: &[u8]) -> u64 {
    let seed = XxHash64::oneshot(0, client.as_str().as_bytes());
    XxHash64::oneshot(seed, bytes)
}

/// Adds a checksum behind `bytes`.
pub(crate) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = XxHash64::oneshot(0, &bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Returns what stands before the checksum, if that is right.
pub(crate) fn unseal(bytes: &[u8]) -> Option<&[u8]> {
    let (bytes, checksum) = bytes.split_last_chunk()?;
    (XxHash64::oneshot(0, bytes) == u64::from_le_bytes(*checksum)).then_some(bytes)
}
