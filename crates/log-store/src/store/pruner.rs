use super::{LogStoreError, Position};
use crate::entries::LogId;
use async_trait::async_trait;
use central_logger_keys::ClientId;
use time::OffsetDateTime;

/// Deletes logs in small batches, so that nothing waits for long. No handler has it, and it shows nothing of
/// what logs say.
///
/// Several may be at work on one store at a time.
#[async_trait]
pub trait LogPruner: Send + Sync {
    /// Returns the client that comes after `after` among those that have logs, in an order of the
    /// store's own; the first one without `after`.
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError>;

    /// Returns the clients of whom entries became visible behind `position`, in any order, and the position
    /// up to which that is so.
    async fn clients_since(
        &self,
        position: &Position,
    ) -> Result<(Vec<ClientId>, Position), LogStoreError>;

    /// Deletes some of the earliest entries of `client` with an id below `before`, or of all, and returns
    /// how many: about a thousand, or all that are stored together. When it returns zero, none are left.
    async fn delete(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError>;

    /// Deletes about a thousand of the idempotency keys of `client`, and returns how many; and the
    /// order in which its entries became visible.
    async fn delete_requests(&self, client: &ClientId) -> Result<usize, LogStoreError>;

    /// Creates partitions for the months after `now`, where a store has a partition for each month, and
    /// drops partitions that lie below `ended` as a whole, of whatever client. It does what it can at
    /// the moment, and leaves the rest to the next time.
    async fn maintain_partitions(
        &self,
        now: OffsetDateTime,
        ended: Option<LogId>,
    ) -> Result<(), LogStoreError>;
}
