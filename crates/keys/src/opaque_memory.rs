use crate::{
    HashError,
    hasher::{OPAQUE_COST, failed},
};
use argon2::Block;
use std::fmt;

/// The 19 MiB in which opaque keys are hashed, one after the other.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyHasher, OpaqueMemory, StoreSalt};
///
/// let (hasher, salt) = (KeyHasher::new(), StoreSalt::generate()?);
/// let mut memory = OpaqueMemory::new()?;
/// for key in ["xyz789_real_key", "abc123_dev_key"] {
///     let key = ApiKey::parse(key)?.digest();
///     let today = hasher.opaque_hashes(&key, salt, &mut memory).next().ok_or("none")??;
///     assert_eq!(today, hasher.hash_opaque(&key, salt)?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OpaqueMemory(Vec<Block>);

const BLOCKS: usize = OPAQUE_COST.memory_kib as usize;

/// glibc gives what is freed back to the system at once if it is larger than this; smaller blocks it may
/// keep, for each thread that ever had one. What is never touched beyond [`BLOCKS`] takes no memory.
const GIVEN_BACK: usize = 33 << 20;

impl OpaqueMemory {
    /// New memory.
    ///
    /// # Errors
    /// When there is none.
    pub fn new() -> Result<Self, HashError> {
        let mut blocks = Vec::new();
        let capacity = BLOCKS.max(GIVEN_BACK / Block::SIZE);
        blocks
            .try_reserve_exact(capacity)
            .map_err(|_| failed(argon2::Error::OutOfMemory))?;
        blocks.resize(BLOCKS, Block::new());
        Ok(Self(blocks))
    }

    pub(crate) fn blocks(&mut self) -> &mut [Block] {
        &mut self.0
    }
}

impl fmt::Debug for OpaqueMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueMemory(..)")
    }
}
