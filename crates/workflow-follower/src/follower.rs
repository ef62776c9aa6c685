use crate::{
    FollowError,
    batch::{Batch, Moment, observed},
    forgetting,
    note::{Note, Read},
    remembered::{OfClient, Remembered, States},
    resting::RestingClients,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogPruner, LogStore, store::Position};
use central_logger_text::Report;
use central_logger_workflows::{
    ClientChange, Content, Document, DocumentKind, Observation, WorkflowName, WorkflowStore, Write,
};
use futures_util::{StreamExt, stream};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration as StdDuration,
};
use time::{Duration, OffsetDateTime};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};
use uuid::Uuid;

/// Follows the entries of all clients, and watches their workflows. Of several, one leads.
pub struct Follower {
    pub(crate) store: Arc<dyn WorkflowStore>,
    pub(crate) logs: Arc<dyn LogStore>,
    /// Which knows the clients.
    clients: Arc<dyn LogPruner>,
    pub(crate) resting: RestingClients,
    pub(crate) remembered: Remembered,
    pub(crate) id: Uuid,
    leads: AtomicBool,
    /// How many more entries may be in memory.
    room: Semaphore,
    /// Which of the clients may have many states in memory.
    alone: Semaphore,
}

impl Follower {
    /// How long a server leads that has looked.
    pub const LEADERSHIP: Duration = Duration::seconds(12);
    /// How long nothing is held against a workflow after an outage.
    pub const HOLD: Duration = Duration::minutes(15);

    /// How long what has come may be left alone.
    const INTERVAL: StdDuration = StdDuration::from_secs(1);
    /// How many entries of a client are read at a time.
    pub(crate) const ENTRIES: usize = 400;
    /// How many entries of all clients are in memory at a time: each may take a quarter of a megabyte.
    const MOST_READ: usize = Self::ENTRIES;
    /// How many states of a client are in memory beside those of others: each may take a hundred kilobytes.
    const MOST_STATES: usize = 128;
    /// How many entries of a client are followed in one change, and no more begun behind that.
    const MOST_ENTRIES: usize = 20_000;
    /// How many changes of a client are made before others have their turn.
    const MOST_CHANGES: usize = 5;
    /// How many clients are followed at a time: fewer than there are connections to a database, of which requests need
    /// some.
    pub(crate) const AT_ONCE: usize = 8;
    /// How often a change is tried when others change the same.
    const ATTEMPTS: usize = 5;

    /// Follows the entries in `logs`.
    pub fn new(
        store: Arc<dyn WorkflowStore>,
        logs: Arc<dyn LogStore>,
        clients: Arc<dyn LogPruner>,
    ) -> Self {
        Self {
            store,
            logs,
            clients,
            resting: RestingClients::default(),
            remembered: Remembered::default(),
            id: Uuid::new_v4(),
            leads: AtomicBool::new(false),
            room: Semaphore::new(Self::MOST_READ),
            alone: Semaphore::new(1),
        }
    }

    /// Lets the monitors of these clients rest.
    #[must_use]
    pub fn with_resting(self, resting: RestingClients) -> Self {
        Self { resting, ..self }
    }

    /// Looks again and again, without end, at the time that `now` gives; while it gives none, nobody is told that a
    /// run did not come, and this one does not lead.
    pub async fn run(&self, now: impl Fn() -> Option<OffsetDateTime>) {
        loop {
            let looked = match now() {
                Some(now) => self.look(now).await,
                None => Ok(false),
            };
            self.leads
                .store(matches!(looked, Ok(true)), Ordering::Relaxed);
            // Of an outage the store tells by itself.
            if let Some(error) = looked.err().filter(|error| !error.is_transient()) {
                let error = Report(&error).to_string();
                tracing::warn!(error, "workflows cannot be watched");
            }
            sleep(Self::INTERVAL).await;
        }
    }

    /// Whether this one leads, as of the last look of [`run`](Self::run).
    pub fn leads(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    /// Looks once, at `now`, and returns whether this one leads. What came until then is followed, and
    /// monitors that are due are looked at.
    ///
    /// # Errors
    /// When a store is not available or fails. What was done until then is kept, and nothing is lost.
    pub async fn look(&self, now: OffsetDateTime) -> Result<bool, FollowError> {
        self.remembered.leave_out_unused(now);
        let Some(Read { note, revision }) = self.lead(now).await? else {
            return Ok(false);
        };
        let moment = Moment {
            now,
            blind_until: note.blind_until,
        };
        let place = Position::new(note.place.clone());
        let (clients, reached) = self.clients.clients_since(&place).await?;
        if !clients.is_empty() && self.follow_all(clients, &place, moment).await? {
            let note = Note {
                place: reached.as_str().to_owned(),
                ..note
            };
            self.note(Some(revision), &note).await?;
        }
        self.look_at_due(moment).await?;
        forgetting::forget_old(&*self.store, now).await?;
        Ok(true)
    }

    /// Follows the entries of these clients, and returns whether that was all. One is in nobody else's way: what is
    /// left of it is followed at the next look.
    async fn follow_all(
        &self,
        clients: Vec<ClientId>,
        since: &Position,
        moment: Moment,
    ) -> Result<bool, FollowError> {
        let followed = stream::iter(clients).map(|client| self.follow_apart(client, since, moment));
        let mut followed = followed.buffer_unordered(Self::AT_ONCE);
        let mut is_done = true;
        while let Some(has_all) = followed.next().await {
            is_done &= has_all?;
        }
        Ok(is_done)
    }

    /// As [`follow`](Self::follow), but of errors returns those alone that others would meet as well. After another
    /// one the entries of the client are followed when more come of it.
    async fn follow_apart(
        &self,
        client: ClientId,
        since: &Position,
        moment: Moment,
    ) -> Result<bool, FollowError> {
        match self.follow(&client, since, moment).await {
            Err(error) if !error.is_transient() => {
                tracing::error!(%client, error = %Report(&error), "entries cannot be followed");
                match self.begin(&client, since).await {
                    Err(error) if error.is_transient() => Err(error),
                    _ => Ok(true),
                }
            }
            followed => followed,
        }
    }

    /// Notes where a client begins that was never followed, before others go on without it.
    async fn begin(&self, client: &ClientId, since: &Position) -> Result<(), FollowError> {
        if self.find_place(client).await?.is_none() {
            let content = Content::of(since.as_str().to_owned());
            let write = Write::put(DocumentKind::Place, String::new(), None, content);
            // If it is not made, another has noted one.
            self.store.commit(client, &[write]).await?;
        }
        Ok(())
    }

    /// Follows the entries of a client, those behind `since` if it is followed for the first time, and returns
    /// whether that was all.
    async fn follow(
        &self,
        client: &ClientId,
        since: &Position,
        moment: Moment,
    ) -> Result<bool, FollowError> {
        let (mut attempts, mut changes) = (0, 0);
        while attempts < Self::ATTEMPTS && changes < Self::MOST_CHANGES {
            match self.follow_some(client, since, moment).await? {
                Followed::All => return Ok(true),
                Followed::Some => changes += 1,
                Followed::Changed => attempts += 1,
            }
        }
        Ok(false)
    }

    async fn follow_some(
        &self,
        client: &ClientId,
        since: &Position,
        moment: Moment,
    ) -> Result<Followed, FollowError> {
        let (read, states) = match self.remembered.take(client) {
            // If others have followed it since, the change is not made, and what they did is read then.
            Some(OfClient { place, states }) => (Some(place), states),
            None => (self.find_place(client).await?, States::new()),
        };
        let mut place = match &read {
            Some(read) => Position::new(read.body.clone()),
            None => since.clone(),
        };
        let mut batch = Batch::new(&*self.store, client, states);
        let (mut count, mut has_more, mut alone) = (0, true, None);
        while has_more && count < Self::MOST_ENTRIES {
            let arrivals = self.logs.arrivals(client, &place).await?;
            count += arrivals.ids.len();
            for ids in arrivals.ids.chunks(Self::ENTRIES) {
                // Those that are gone again say nothing.
                batch.add(self.read(client, ids).await?).await?;
                if alone.is_none() {
                    alone = self.alone_with(batch.len()).await;
                }
            }
            (place, has_more) = (arrivals.position, arrivals.has_more);
        }
        if count == 0 {
            if let Some(place) = read {
                let states = batch.into_remembered();
                self.remembered
                    .keep(client, OfClient { place, states }, moment.now);
            }
            return Ok(Followed::All);
        }
        let mut change = ClientChange::new(&*self.store, client);
        let rests = self.resting.has(client);
        let states = batch.finish(&mut change, moment, rests).await?;
        let content = Content::of(place.as_str().to_owned());
        let kind = DocumentKind::Place;
        change.add(Write::put(kind, String::new(), read.as_ref(), content));
        if !change.commit(moment.now).await? {
            return Ok(Followed::Changed);
        }
        // The revision of a new document is not known.
        if let Some(read) = read {
            let place = Document {
                revision: read.revision + 1,
                body: place.as_str().to_owned(),
                ..read
            };
            self.remembered
                .keep(client, OfClient { place, states }, moment.now);
        }
        Ok(match has_more {
            true => Followed::Some,
            false => Followed::All,
        })
    }

    /// Waits while another client has many states in memory, if so many are many, too.
    pub(crate) async fn alone_with(&self, states: usize) -> Option<SemaphorePermit<'_>> {
        match states > Self::MOST_STATES {
            // Nobody closes it.
            true => self.alone.acquire().await.ok(),
            false => None,
        }
    }

    /// Returns what some entries of a client say of runs.
    async fn read(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<(WorkflowName, Observation)>, FollowError> {
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        // Nobody closes it.
        let _room = self.room.acquire_many(count).await.ok();
        let logs = self.logs.get_many(client, ids).await?;
        Ok(observed(&logs))
    }

    /// Returns the position up to which the entries of a client were followed.
    pub(crate) async fn find_place(
        &self,
        client: &ClientId,
    ) -> Result<Option<Document>, FollowError> {
        Ok(self.store.find(client, DocumentKind::Place, "").await?)
    }
}

/// How far the entries of a client were followed.
enum Followed {
    All,
    Some,
    /// Others have changed the same.
    Changed,
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
