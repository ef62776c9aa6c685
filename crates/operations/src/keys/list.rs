use super::{KeyView, UnreadableView};
use crate::{OperationError, Operations};
use central_logger_key_store::{KeyList, KeyRecord, KeyStatus};
use central_logger_keys::ClientId;
use serde::Serialize;
use time::Duration;

/// Which keys are listed; all by default.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    /// Only keys of this client.
    pub client: Option<ClientId>,
    /// Only keys of this status.
    pub status: Option<KeyStatus>,
    /// Only keys that are due for rotation, being older than this or weak.
    pub due: Option<Duration>,
}

/// Keys, oldest first, and the rows among them that cannot be read.
#[derive(Debug, Serialize)]
pub struct KeyListing {
    /// The keys.
    pub keys: Vec<KeyView>,
    /// The rows that cannot be read, whatever the filter says of status and age.
    pub unreadable: Vec<UnreadableView>,
}

impl Operations {
    /// Lists keys without secrets.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, filter: &KeyFilter) -> Result<KeyListing, OperationError> {
        let listed = self
            .keyring
            .list(filter.client.as_ref().into(), filter.status);
        let KeyList {
            records,
            unreadable,
        } = listed.await?;
        let now = self.now();
        let is_asked_for =
            |record: &KeyRecord| filter.due.is_none_or(|age| record.is_due(age, now));
        let records = records.into_iter().filter(is_asked_for);
        Ok(KeyListing {
            keys: records.map(|record| KeyView::of(record, now)).collect(),
            unreadable: unreadable.into_iter().map(UnreadableView::from).collect(),
        })
    }
}
