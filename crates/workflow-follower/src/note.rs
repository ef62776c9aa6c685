use crate::{FollowError, Follower};
use central_logger_log_store::{LogStore, store::Position};
use central_logger_workflows::{WorkflowError, WorkflowStore, WorkflowStoreError};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::timestamp::milliseconds};
use uuid::Uuid;

/// What the leader notes for itself and for the one that comes after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The position up to which the entries of all clients were followed.
    pub(crate) place: String,
    pub(crate) leader: Uuid,
    /// When it last looked, up to a few seconds late.
    #[serde(with = "milliseconds")]
    pub(crate) looked_at: OffsetDateTime,
    /// Until when entries may be missing that were sent.
    #[serde(with = "milliseconds::option")]
    pub(crate) blind_until: Option<OffsetDateTime>,
}

/// The note, as it was read.
pub(crate) struct Read {
    pub(crate) note: Note,
    pub(crate) revision: i64,
}

/// Returns the note, if there is one that can be read.
pub(crate) async fn read(store: &dyn WorkflowStore) -> Result<Option<Read>, WorkflowStoreError> {
    let document = store.follower().await?;
    Ok(document.and_then(|document| {
        Some(Read {
            note: serde_json::from_str(&document.body).ok()?,
            revision: document.revision,
        })
    }))
}

/// Returns the position up to which the entries of all clients were followed, if any server ever did: the order
/// of arrivals has to be kept from there on.
///
/// # Errors
/// When the store is not available or fails.
pub async fn followed_to(store: &dyn WorkflowStore) -> Result<Option<Position>, FollowError> {
    let read = read(store).await?;
    Ok(read.map(|read| Position::new(read.note.place)))
}

/// Notes that following begins here, where no server has followed yet: what is stored from now on is followed,
/// though it comes before the first look.
///
/// # Errors
/// When a store is not available or fails.
pub async fn begin_here(
    store: &dyn WorkflowStore,
    logs: &dyn LogStore,
    now: OffsetDateTime,
) -> Result<(), FollowError> {
    if read(store).await?.is_none() {
        let note = Note {
            place: logs.position().await?.as_str().to_owned(),
            // Nobody, whom any server may follow at once.
            leader: Uuid::nil(),
            looked_at: now - Follower::LEADERSHIP,
            blind_until: None,
        };
        let body = serde_json::to_string(&note).map_err(WorkflowError::Unwritable)?;
        store.set_follower(None, &body).await?;
    }
    Ok(())
}
