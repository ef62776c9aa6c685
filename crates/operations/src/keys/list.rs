use super::{KeyView, UnreadableView};
use crate::{OperationError, Operations};
use central_logger_client_records::ClientBook;
use central_logger_key_store::{KeyList, KeyRecord, KeyStatus};
use central_logger_keys::ClientId;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// Which keys are listed; all by default.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// Only keys of this client.
    pub client: Option<ClientId>,
    /// Only keys of this status.
    pub status: Option<KeyStatus>,
    /// Only keys that are due for rotation, being older than this or weak.
    pub due: Option<Duration>,
    /// Only keys whose id or name has this part.
    pub part: Option<String>,
}

/// Keys, oldest first, and the rows among them that cannot be read.
#[derive(Debug, Serialize)]
pub struct KeyListing {
    /// The keys.
    pub keys: Vec<KeyView>,
    /// The rows that cannot be read, whatever the filter says of status and age.
    pub unreadable: Vec<UnreadableView>,
}

impl KeyFilter {
    /// Whether a key is asked for, whoever's it is.
    pub(super) fn takes(&self, record: &KeyRecord, now: OffsetDateTime) -> bool {
        let has_status = self
            .status
            .is_none_or(|status| record.status(now) == status);
        let is_due = self.due.is_none_or(|age| record.is_due(age, now));
        has_status && is_due && self.part.as_ref().is_none_or(|part| has_part(record, part))
    }
}

/// Whether people who know `part` of a key mean this one. They may have copied the head of the key, which
/// has the id behind a prefix and a label.
fn has_part(record: &KeyRecord, part: &str) -> bool {
    let part = part.to_lowercase();
    let id = record.id.as_str().to_lowercase();
    let name = record.name.as_deref().unwrap_or_default().to_lowercase();
    let head = format!("_{}_{id}_", record.environment);
    id.contains(&part) || name.contains(&part) || is_head(&part, &head)
}

/// Whether a text is the head of a key: a prefix, and what is known to follow on it, or a part of that.
fn is_head(text: &str, known: &str) -> bool {
    let rest = text.find('_').map(|place| &text[place..]);
    // With less than a character of the id, it would be the head of any key.
    rest.is_some_and(|rest| {
        rest.len() > "_live_".len() && (known.starts_with(rest) || rest.starts_with(known))
    })
}

impl Operations {
    /// Lists keys of clients without secrets.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, filter: &KeyFilter) -> Result<KeyListing, OperationError> {
        let client = self.caller.client().or(filter.client.as_ref());
        let mut keys = self.keyring.list(client.into(), filter.status).await?;
        let book = self.book(client).await?;
        let now = self.now();
        keys.records.retain(|record| filter.takes(record, now));
        Ok(KeyListing::of(keys, &book, now))
    }
}

impl KeyListing {
    pub(crate) fn of(keys: KeyList, book: &ClientBook, now: OffsetDateTime) -> Self {
        let (keys, unreadable) = (keys.records.into_iter(), keys.unreadable.into_iter());
        let view = |record| KeyView::of(record, now).named_in(book);
        Self {
            keys: keys.map(view).collect(),
            unreadable: unreadable.map(UnreadableView::from).collect(),
        }
    }
}
