use sha2::{Digest, Sha256};

/// What a column holds, whatever type a database has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// Bytes.
    Bytes,
    /// A point in time.
    Time,
    /// A UUID.
    Uuid,
    /// A set of names.
    Names,
}

/// One value of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// None.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A point in time, in Unix milliseconds: what lies below is nowhere compared or shown.
    Time(i64),
    /// A UUID.
    Uuid([u8; 16]),
    /// Names, sorted.
    Names(Vec<String>),
}

/// One row: a cell for each column of its table.
pub type Record = Vec<Cell>;

impl Cell {
    /// Returns how many bytes it takes, about.
    pub fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Flag(_) => 1,
            Self::Integer(_) | Self::Time(_) => 8,
            Self::Uuid(_) => 16,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Names(names) => names.iter().map(String::len).sum(),
        }
    }

    /// Adds it to a hash, in a way that no two rows have in common.
    pub(crate) fn feed(&self, hash: &mut Sha256) {
        match self {
            Self::Null => feed(hash, 0, &[]),
            Self::Text(text) => feed(hash, 1, text.as_bytes()),
            Self::Integer(number) => feed(hash, 2, &number.to_le_bytes()),
            Self::Flag(flag) => feed(hash, 3, &[u8::from(*flag)]),
            Self::Bytes(bytes) => feed(hash, 4, bytes),
            Self::Time(ms) => feed(hash, 5, &ms.to_le_bytes()),
            Self::Uuid(bytes) => feed(hash, 6, bytes),
            Self::Names(names) => {
                feed(hash, 7, &(names.len() as u64).to_le_bytes());
                for name in names {
                    feed(hash, 8, name.as_bytes());
                }
            }
        }
    }
}

fn feed(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}
