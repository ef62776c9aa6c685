use crate::{
    Append, AppendError, Arrivals, Claim, Ingested, Ingestor, LogId, LogPage, LogSearch, LogStats,
    LogStore, LogStoreError, Position, Reading, Receipt, SpaceQuota, StatsQuery, StoredLog,
    Submission,
    retention::refuse_too_old,
    turns::{ReadTurns, Standing, Turn},
};
use central_logger_keys::ClientId;
use std::{fmt, sync::Arc};
use time::{Duration, OffsetDateTime};

/// A store narrowed to one client: all that a handler ever gets.
#[derive(Clone)]
pub struct TenantLogs {
    store: Arc<dyn LogStore>,
    ingestor: Ingestor,
    client: ClientId,
    term: Option<Duration>,
    quota: SpaceQuota,
}

/// Logs that are stored durably, by this request or by an earlier one that it repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// When they were taken in.
    pub received_at: OffsetDateTime,
    /// Their names, in the order in which they were sent.
    pub ids: Vec<LogId>,
    /// Whether an earlier request did it.
    pub is_replay: bool,
}

impl TenantLogs {
    /// The logs of `client`, which must come from a verified key.
    pub fn new(ingestor: &Ingestor, client: ClientId) -> Self {
        Self {
            store: Arc::clone(ingestor.store()),
            ingestor: ingestor.clone(),
            client,
            term: None,
            quota: SpaceQuota::default(),
        }
    }

    /// Takes no entry that is older than this, if there is a term for which entries are kept.
    #[must_use]
    pub fn with_term(self, term: Option<Duration>) -> Self {
        Self { term, ..self }
    }

    /// Takes no more on a day than `quota` lets this client store, as far as this process knows.
    #[must_use]
    pub fn with_quota(self, quota: SpaceQuota) -> Self {
        Self { quota, ..self }
    }

    /// Whose logs these are.
    pub fn client(&self) -> &ClientId {
        &self.client
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
    ) -> Result<Kept, AppendError> {
        if let Some(claim) = &claim
            && let Some(kept) = self.replay(claim, received_at).await?
        {
            return Ok(kept);
        }
        let is_one = matches!(submission, Submission::One(_));
        let append = Append {
            client: self.client.clone(),
            received_at,
            entries: match submission {
                Submission::One(entry) => vec![entry],
                Submission::Many(entries) => entries,
            },
            claim: claim.clone(),
        };
        if let Some(term) = self.term {
            refuse_too_old(&append, is_one, term)?;
        }
        match (self.append_within_quota(append).await?, claim) {
            (Ingested::Stored(ids), _) => Ok(Kept {
                received_at,
                ids,
                is_replay: false,
            }),
            (Ingested::Repeated, Some(claim)) => {
                let kept = self.replay(&claim, received_at).await?;
                // It was there a moment ago, and is gone only when its time is over just now.
                kept.ok_or(AppendError::Late)
            }
            // Nothing is repeated that nobody has claimed.
            (Ingested::Repeated, None) => Err(AppendError::Late),
        }
    }

    async fn append_within_quota(&self, append: Append) -> Result<Ingested, AppendError> {
        if self.quota == SpaceQuota::default() {
            return self.ingestor.append(append).await;
        }
        let taken = self.ingestor.space_used().take(&append, self.quota)?;
        let appended = self.ingestor.append(append).await;
        if !matches!(appended, Ok(Ingested::Stored(_))) {
            taken.give_back();
        }
        appended
    }

    /// What an earlier request under the same key has stored.
    async fn replay(
        &self,
        claim: &Claim,
        now: OffsetDateTime,
    ) -> Result<Option<Kept>, AppendError> {
        match self.store.receipt(&self.client, &claim.key, now).await? {
            Some(Receipt { body, .. }) if body != claim.body => Err(AppendError::KeyReused),
            Some(Receipt {
                received_at, ids, ..
            }) => Ok(Some(Kept {
                received_at,
                ids,
                is_replay: true,
            })),
            None => Ok(None),
        }
    }

    /// The entries that `search` asks for, as far as they go on one page and are found within
    /// [`Reading::LIMIT`]: the page may then have fewer than its limit, or none, and a cursor to go on.
    /// The same holds when `search` asks for content, after 20,000 entries.
    ///
    /// # Errors
    /// When too many reads of the client wait already, or the store is not available or fails.
    pub async fn page(&self, search: &LogSearch) -> Result<LogPage, LogStoreError> {
        self.reading().page(search).await
    }

    /// How many entries there are in each bucket.
    ///
    /// # Errors
    /// When there are too many to count within [`Reading::LIMIT`] or to tell apart, too many reads of
    /// the client wait already, or the store is not available or fails.
    pub async fn stats(&self, query: &StatsQuery) -> Result<LogStats, LogStoreError> {
        self.reading().stats(query).await
    }

    /// The entry with that id, if it is this client's.
    ///
    /// # Errors
    /// When too many reads of the client wait already, or the store is not available or fails.
    pub async fn get(&self, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        self.reading().get(id).await
    }

    /// A turn to read what else there is of this client, such as the usage of its keys.
    ///
    /// # Errors
    /// When too many reads of the client wait already.
    pub async fn turn(&self) -> Result<Turn, LogStoreError> {
        self.reading().first_turn().await
    }

    /// Begins an answer of several parts.
    pub fn reading(&self) -> Reading {
        Reading::new(self.clone())
    }

    pub(crate) fn store(&self) -> &dyn LogStore {
        &*self.store
    }

    pub(crate) fn read_turns(&self) -> &ReadTurns {
        self.ingestor.read_turns()
    }

    pub(crate) async fn several(&self, ids: &[LogId]) -> Result<Vec<StoredLog>, LogStoreError> {
        let _turn = self.next_turn().await?;
        self.store.several(&self.client, ids).await
    }

    pub(crate) async fn position(&self) -> Result<Position, LogStoreError> {
        self.store.position().await
    }

    pub(crate) async fn position_before(&self, id: LogId) -> Result<Position, LogStoreError> {
        let _turn = self.next_turn().await?;
        self.store.position_before(&self.client, id).await
    }

    pub(crate) async fn arrivals(&self, position: &Position) -> Result<Arrivals, LogStoreError> {
        let _turn = self.next_turn().await?;
        self.store.arrivals(&self.client, position).await
    }

    /// Before the client's own searches, lest a tail fall behind.
    async fn next_turn(&self) -> Result<Turn, LogStoreError> {
        let turn = self.read_turns().take(&self.client, Standing::Begun);
        turn.await.map_err(|_| LogStoreError::Busy)
    }
}

impl fmt::Debug for TenantLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantLogs")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
