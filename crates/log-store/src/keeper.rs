use crate::{LogId, LogStoreError};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use time::OffsetDateTime;

/// Takes logs out of a store again, in steps so small that nobody waits for one. No handler has it, and
/// it shows nothing of what logs say.
///
/// Several may be at work on one store at a time.
#[async_trait]
pub trait LogKeeper: Send + Sync {
    /// The client that comes after `after` among those that have logs, in an order of the store's own;
    /// the first when nothing is given.
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError>;

    /// Removes the earliest entries of `client` with an id below `before`, or of all, about a thousand
    /// of them, and tells how many. When it tells none, none are left.
    async fn remove(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError>;

    /// Forgets about a thousand of the requests of `client` that may be sent again, and tells how many;
    /// and the order in which its entries became visible.
    async fn forget_requests(&self, client: &ClientId) -> Result<usize, LogStoreError>;

    /// Makes room for the entries of the months after `now`, where a store keeps months apart, and drops
    /// months whole that lie below `ended`, of whatever client. It does what it can at the moment, and
    /// leaves the rest to the next time.
    async fn keep_months(
        &self,
        now: OffsetDateTime,
        ended: Option<LogId>,
    ) -> Result<(), LogStoreError>;
}
