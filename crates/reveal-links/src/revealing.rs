use central_logger_keys::KeyId;
use central_logger_operations::keys::Issued;
use time::OffsetDateTime;

/// What the holder of a link gets.
#[derive(Debug)]
pub enum Revealing {
    /// The key, this once.
    Revealed(Box<RevealedKey>),
    /// Nothing, since the link needs a passphrase and none was said.
    NeedsPassphrase,
    /// Nothing, since the passphrase is wrong. So many more can be tried.
    WrongPassphrase {
        /// How many; none if the link was withdrawn.
        left: u64,
    },
    /// Nothing: the link was used, was withdrawn, has expired, or was never made.
    Gone,
}

/// A key that was revealed.
#[derive(Debug)]
pub struct RevealedKey {
    /// The key.
    pub issued: Issued,
    /// The key that it replaces.
    pub replaced: Option<Replaced>,
}

/// A key that another one replaces.
#[derive(Debug)]
pub struct Replaced {
    /// Its id.
    pub key_id: KeyId,
    /// How long it is valid, or nothing if it is not any more.
    pub works_until: Option<OffsetDateTime>,
}
