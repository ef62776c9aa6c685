use crate::{
    FollowError,
    batch::{Batch, Moment},
    forgetting,
    note::{Note, Read},
    remembered::Remembered,
    resting::RestingClients,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogPruner, LogStore, store::Position};
use central_logger_text::Report;
use central_logger_workflows::{
    ClientChange, Content, Document, DocumentKind, WorkflowStore, Write,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration as StdDuration,
};
use time::{Duration, OffsetDateTime};
use tokio::time::sleep;
use uuid::Uuid;

/// Follows the entries of all clients, and watches their workflows. Of several, one leads.
pub struct Follower {
    pub(crate) store: Arc<dyn WorkflowStore>,
    pub(crate) logs: Arc<dyn LogStore>,
    /// Which knows the clients.
    clients: Arc<dyn LogPruner>,
    resting: RestingClients,
    remembered: Remembered,
    pub(crate) id: Uuid,
    leads: AtomicBool,
}

impl Follower {
    /// How long a server leads that has looked.
    pub const LEADERSHIP: Duration = Duration::seconds(12);
    /// How long nothing is held against a workflow after an outage.
    pub const HOLD: Duration = Duration::minutes(15);

    /// How long what has come may be left alone.
    const INTERVAL: StdDuration = StdDuration::from_secs(1);
    /// How many entries are read at a time.
    const ENTRIES: usize = 100;
    /// How many entries of a client are followed in one change, and no more begun behind that.
    const MOST_ENTRIES: usize = 20_000;
    /// How many changes of a client are made before others have their turn.
    const MOST_CHANGES: usize = 5;
    /// How many monitors are looked at in one look.
    const MOST_DUE: usize = 5000;
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
        }
    }

    /// Lets the monitors of these clients rest.
    #[must_use]
    pub fn with_resting(self, resting: RestingClients) -> Self {
        Self { resting, ..self }
    }

    /// Looks again and again, without end, at the time that `now` gives; while it gives none, nobody is told that a
    /// run did not come.
    pub async fn run(&self, now: impl Fn() -> Option<OffsetDateTime>) {
        loop {
            if let Some(now) = now() {
                let looked = self.look(now).await;
                self.leads
                    .store(matches!(looked, Ok(true)), Ordering::Relaxed);
                // Of an outage the store tells by itself.
                if let Some(error) = looked.err().filter(|error| !error.is_transient()) {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "workflows cannot be watched");
                }
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
        let mut is_done = true;
        for client in &clients {
            // One client is in nobody else's way: what is left of it is followed at the next look.
            match self.follow(client, &place, moment).await {
                Ok(has_all) => is_done &= has_all,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    tracing::error!(%client, error = %Report(&error), "entries cannot be followed");
                }
            }
        }
        if !clients.is_empty() && is_done {
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
        let kind = DocumentKind::Place;
        let read = self.store.find(client, kind, "").await?;
        let mut place = match &read {
            Some(read) => Position::new(read.body.clone()),
            None => since.clone(),
        };
        let remembered = self.remembered.take(client, read.as_ref());
        let mut batch = Batch::new(&*self.store, client, remembered);
        let (mut count, mut has_more) = (0, true);
        while has_more && count < Self::MOST_ENTRIES {
            let arrivals = self.logs.arrivals(client, &place).await?;
            count += arrivals.ids.len();
            for ids in arrivals.ids.chunks(Self::ENTRIES) {
                // Those that are gone again say nothing.
                batch.add(&self.logs.get_many(client, ids).await?).await?;
            }
            (place, has_more) = (arrivals.position, arrivals.has_more);
        }
        if count == 0 {
            if let Some(read) = read {
                let states = batch.into_remembered();
                self.remembered
                    .keep(client, read.revision, states, moment.now);
            }
            return Ok(Followed::All);
        }
        let mut change = ClientChange::new(&*self.store, client);
        let rests = self.resting.has(client);
        let states = batch.finish(&mut change, moment, rests).await?;
        let content = Content::of(place.as_str().to_owned());
        change.add(Write::put(kind, String::new(), read.as_ref(), content));
        if !change.commit(moment.now).await? {
            return Ok(Followed::Changed);
        }
        // The revision of a new document is not known.
        if let Some(read) = read {
            self.remembered
                .keep(client, read.revision + 1, states, moment.now);
        }
        Ok(match has_more {
            true => Followed::Some,
            false => Followed::All,
        })
    }

    /// Looks at the monitors for which something may have come to pass.
    async fn look_at_due(&self, moment: Moment) -> Result<(), FollowError> {
        let due = self
            .store
            .due(DocumentKind::Monitor, moment.now, Self::MOST_DUE);
        let mut by_client = BTreeMap::<_, Vec<_>>::new();
        for (client, key) in due.await? {
            by_client.entry(client).or_default().push(key);
        }
        for (client, keys) in by_client {
            let looked = self.look_at(&client, &keys, moment).await;
            // One client is in nobody else's way.
            if let Some(error) = looked.err().filter(|error| !error.is_transient()) {
                tracing::error!(%client, error = %Report(&error), "workflows cannot be watched");
            }
        }
        Ok(())
    }

    /// What others change at the same time is due at the next look.
    async fn look_at(
        &self,
        client: &ClientId,
        keys: &[String],
        moment: Moment,
    ) -> Result<(), FollowError> {
        let place = self.store.find(client, DocumentKind::Place, "").await?;
        let remembered = self.remembered.take(client, place.as_ref());
        let has_remembered = !remembered.is_empty();
        let mut batch = Batch::new(&*self.store, client, remembered);
        batch.load_keys(keys).await?;
        if has_remembered {
            // What has come since would be missing in them, and the monitors may have seen it.
            let now = self.store.find(client, DocumentKind::Place, "").await?;
            let revision = |place: &Option<Document>| place.as_ref().map(|place| place.revision);
            if revision(&now) != revision(&place) {
                return Ok(());
            }
        }
        let mut change = ClientChange::new(&*self.store, client);
        let rests = self.resting.has(client);
        let states = batch.finish(&mut change, moment, rests).await?;
        change.commit(moment.now).await?;
        // No entry was added: the states are as they were read.
        if let Some(place) = place {
            self.remembered
                .keep(client, place.revision, states, moment.now);
        }
        Ok(())
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
