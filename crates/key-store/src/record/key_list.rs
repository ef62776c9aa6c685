use crate::record::{key_maker::KeyMaker, key_record::KeyRecord};
use central_logger_keys::{ClientId, KeyId};

/// Keys of a store, and the rows among them that cannot be read: one of these hides no other key.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyList, KeyStore, MemoryKeys, Owners};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let all: KeyList = MemoryKeys::new().list(Owners::All).await?;
/// assert!(all.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyList<K = KeyRecord> {
    /// The keys, in their order.
    pub records: Vec<K>,
    /// The rows that cannot be read.
    pub unreadable: Vec<UnreadableKey>,
}

/// A row of a store that should be a key and cannot be read, such as for a time beyond all calendars.
/// It can be withdrawn all the same.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStoreError, record::UnreadableKey};
///
/// let key = UnreadableKey {
///     id: "4fzyo82mvyi1".to_owned(),
///     client_id: Some("acme_corp".parse()?),
///     made_by: None,
///     is_revoked: false,
///     reason: "expires_at must not lie after the year 9999 in UTC".to_owned(),
/// };
/// assert_eq!(
///     KeyStoreError::from(key).to_string(),
///     "the row of the key 4fzyo82mvyi1 cannot be read: expires_at must not lie after the year \
///      9999 in UTC"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableKey {
    /// Its id, as it is stored.
    pub id: String,
    /// Whose it is, if that can be read.
    pub client_id: Option<ClientId>,
    /// Who made it, if that can be read.
    pub made_by: Option<KeyMaker>,
    /// Whether it is withdrawn, at whatever time.
    pub is_revoked: bool,
    /// Why it cannot be read.
    pub reason: String,
}

impl<K> KeyList<K> {
    /// Whether there is neither a key nor a row that should be one.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.unreadable.is_empty()
    }
}

impl UnreadableKey {
    /// Its id, if it has the form of one.
    pub fn key_id(&self) -> Option<KeyId> {
        self.id.parse().ok()
    }
}

impl<K> From<Vec<K>> for KeyList<K> {
    fn from(records: Vec<K>) -> Self {
        Self {
            records,
            unreadable: Vec::new(),
        }
    }
}

/// The keys that can be read, and those that cannot.
impl<K> FromIterator<Result<K, UnreadableKey>> for KeyList<K> {
    fn from_iter<I: IntoIterator<Item = Result<K, UnreadableKey>>>(rows: I) -> Self {
        let mut list = Self::from(Vec::new());
        for row in rows {
            match row {
                Ok(record) => list.records.push(record),
                Err(key) => list.unreadable.push(key),
            }
        }
        list
    }
}
