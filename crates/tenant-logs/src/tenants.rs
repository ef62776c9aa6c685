//! The logs of one client: all that a handler ever gets.

mod first_sent;

use crate::{
    ingest::{AppendError, Ingested, Ingestor},
    quotas::{IngestQuota, Taken},
    reading::{ClientReads, ReadTurn, Reading, Tail},
};
use central_logger_keys::ClientId;
use central_logger_limits::SharedLimits;
use central_logger_log_store::{
    entries::{LogId, StoredLog},
    idempotency::{Claim, Receipt},
    queries::{LogSearch, StatsQuery, ValuesQuery},
    retention::{RetentionPeriod, refuse_too_old},
    store::{Append, LogPage, LogStats, LogStoreError, LogValues},
    submission::Submission,
};
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// A store narrowed to one client.
#[derive(Clone)]
pub struct TenantLogs {
    ingestor: Ingestor,
    reads: ClientReads,
    retention: RetentionPeriod,
    quota: IngestQuota,
    limits: Option<SharedLimits>,
}

/// Entries that are stored durably, by this request or by an earlier one that it repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The time at which they were received.
    pub received_at: OffsetDateTime,
    /// Their ids, in the order in which they were sent.
    pub ids: Vec<LogId>,
    /// Whether an earlier request did it.
    pub is_replay: bool,
}

impl TenantLogs {
    /// Returns the logs of `client`, which must come from a verified key.
    pub fn new(ingestor: &Ingestor, client: ClientId) -> Self {
        let store = Arc::clone(ingestor.store());
        Self {
            ingestor: ingestor.clone(),
            reads: ClientReads::new(
                store,
                ingestor.read_turns().clone(),
                ingestor.feeds().clone(),
                client,
            ),
            retention: RetentionPeriod::Forever,
            quota: IngestQuota::default(),
            limits: None,
        }
    }

    /// Refuses entries that are older than any is kept.
    #[must_use]
    pub fn with_retention(self, retention: RetentionPeriod) -> Self {
        Self { retention, ..self }
    }

    /// Refuses more on a day than `quota` lets this client store, as far as this process knows.
    #[must_use]
    pub fn with_quota(self, quota: IngestQuota) -> Self {
        Self { quota, ..self }
    }

    /// Counts the quota together with all others that share `limits`, if any.
    #[must_use]
    pub fn with_shared_limits(self, limits: Option<SharedLimits>) -> Self {
        Self { limits, ..self }
    }

    /// Returns the client that the logs belong to.
    pub fn client(&self) -> &ClientId {
        self.reads.client()
    }

    /// Stores all of a submission or nothing, and returns when it is durable. A repeat of a claimed
    /// request stores nothing again, and waits for the first while that is under way.
    ///
    /// # Errors
    /// When it was not stored, or is not known to be.
    pub async fn append(
        &self,
        received_at: OffsetDateTime,
        submission: Submission,
        claim: Option<Claim>,
    ) -> Result<Accepted, AppendError> {
        if let Some(claim) = &claim
            && let Some(accepted) = self.replay(claim, received_at).await?
        {
            return Ok(accepted);
        }
        let is_one = matches!(submission, Submission::One(_));
        let append = Append {
            client: self.client().clone(),
            received_at,
            entries: match submission {
                Submission::One(entry) => vec![entry],
                Submission::Many(entries) => entries,
            },
            claim: claim.clone(),
        };
        refuse_too_old(&append, is_one, self.retention).map_err(AppendError::TooOld)?;
        match (self.append_within_quota(append).await?, claim) {
            (Ingested::Stored(ids), _) => Ok(Accepted {
                received_at,
                ids,
                is_replay: false,
            }),
            (Ingested::Repeated, Some(claim)) => {
                let accepted = self.replay(&claim, received_at).await?;
                // It was there a moment ago, and is gone only when its time is over just now.
                accepted.ok_or(AppendError::Late)
            }
            // Only a claimed request is ever repeated.
            (Ingested::Repeated, None) => Err(AppendError::Late),
        }
    }

    async fn append_within_quota(&self, append: Append) -> Result<Ingested, AppendError> {
        if self.quota == IngestQuota::default() {
            return self.ingestor.append(append).await;
        }
        let taken = match &self.limits {
            Some(limits) => Taken::Shared(self.quota.take_shared(&append, limits).await?),
            None => Taken::Here(self.ingestor.quota_usage().take(&append, self.quota)?),
        };
        let appended = self.ingestor.append(append).await;
        if !matches!(appended, Ok(Ingested::Stored(_))) {
            taken.give_back();
        }
        appended
    }

    /// Returns what an earlier request under the same key has stored.
    ///
    /// # Errors
    /// When that was another request, or the store is not available or fails.
    pub async fn replay(
        &self,
        claim: &Claim,
        now: OffsetDateTime,
    ) -> Result<Option<Accepted>, AppendError> {
        let store = self.reads.store();
        match store.receipt(self.client(), &claim.key, now).await? {
            Some(Receipt { body, .. }) if body != claim.body => Err(AppendError::KeyReused),
            Some(Receipt {
                received_at, ids, ..
            }) => Ok(Some(Accepted {
                received_at,
                ids,
                is_replay: true,
            })),
            None => Ok(None),
        }
    }

    /// Returns the entries that `search` asks for, as far as they go on one page and are found within
    /// [`Reading::LIMIT`]: the page may then have fewer than its limit, or none, and a cursor to go on.
    ///
    /// # Errors
    /// When too many reads of the client wait already, or the store is not available or fails.
    pub async fn page(&self, search: &LogSearch) -> Result<LogPage, LogStoreError> {
        self.reading().page(search).await
    }

    /// Returns how many entries there are in each bucket.
    ///
    /// # Errors
    /// When there are too many to count within [`Reading::LIMIT`] or to tell apart, too many reads of
    /// the client wait already, or the store is not available or fails.
    pub async fn stats(&self, query: &StatsQuery) -> Result<LogStats, LogStoreError> {
        self.reading().stats(query).await
    }

    /// Returns which values a field has in the entries that `query` asks for, most frequent first.
    ///
    /// # Errors
    /// When there are too many entries to count within [`Reading::LIMIT`], too many reads of the client wait
    /// already, or the store is not available or fails.
    pub async fn values(&self, query: &ValuesQuery) -> Result<LogValues, LogStoreError> {
        self.reading().values(query).await
    }

    /// Returns the entry with that id, if it is this client's.
    ///
    /// # Errors
    /// When too many reads of the client wait already, or the store is not available or fails.
    pub async fn get(&self, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        self.reading().get(id).await
    }

    /// Waits for a turn to read what else there is of this client, such as the usage of its keys.
    ///
    /// # Errors
    /// When too many reads of the client wait already.
    pub async fn turn(&self) -> Result<ReadTurn, LogStoreError> {
        self.reading().first_turn().await
    }

    /// Begins an answer of several parts.
    pub fn reading(&self) -> Reading {
        Reading::new(self.reads.clone())
    }

    /// Follows what becomes visible from now on.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn tail(&self, search: LogSearch) -> Result<Tail, LogStoreError> {
        Tail::from_now(self.reads.clone(), search).await
    }

    /// Goes on after the entry `last`, which was given out by another tail, as far as the order in which
    /// entries became visible is remembered. What became visible at about the time of `last` may be
    /// given out again.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn tail_after(&self, search: LogSearch, last: LogId) -> Result<Tail, LogStoreError> {
        Tail::after(self.reads.clone(), search, last).await
    }
}

impl fmt::Debug for TenantLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantLogs")
            .field("client", self.client())
            .finish_non_exhaustive()
    }
}
