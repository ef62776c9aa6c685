use central_logger_keys::ClientId;
use central_logger_workflows::{Document, kept_state::KeptState};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::{Duration, OffsetDateTime};

/// States of workflows of one client, by their keys.
pub(crate) type States = HashMap<String, KeptState>;

/// The states that were committed last, so that what changes at every look is not read each time.
///
/// Whoever changes a state changes the place of its client, too. So they hold while the place has the revision
/// that they were kept with.
#[derive(Default)]
pub(crate) struct Remembered(Mutex<Clients>);

#[derive(Default)]
struct Clients {
    by_id: HashMap<ClientId, OfClient>,
    /// How often something was kept.
    kept: u64,
}

struct OfClient {
    /// The revision of the place of the client.
    place: i64,
    states: States,
    /// Which of all that were kept it is.
    number: u64,
    kept_at: OffsetDateTime,
}

impl Remembered {
    /// How many states: each may take a few hundred kilobytes.
    const MOST: usize = 128;
    /// How long those of a client stay of which none was used: it may have been removed.
    const LENGTH: Duration = Duration::HOUR;

    /// Takes the states of a client out, if nobody has changed them.
    pub(crate) fn take(&self, client: &ClientId, place: Option<&Document>) -> States {
        let found = self.lock().by_id.remove(client);
        let is_as_kept = |found: &OfClient| place.is_some_and(|p| p.revision == found.place);
        let found = found.filter(is_as_kept);
        found.map(|found| found.states).unwrap_or_default()
    }

    /// Keeps states of a client, whose place has that revision, until there are too many.
    pub(crate) fn keep(
        &self,
        client: &ClientId,
        place: i64,
        states: States,
        kept_at: OffsetDateTime,
    ) {
        if states.is_empty() || states.len() > Self::MOST {
            return;
        }
        let mut clients = self.lock();
        clients.kept += 1;
        let of_client = OfClient {
            place,
            states,
            number: clients.kept,
            kept_at,
        };
        clients.by_id.insert(client.clone(), of_client);
        while clients.count() > Self::MOST {
            clients.leave_out_the_oldest();
        }
    }

    /// Leaves out those of clients of which none was used for long.
    pub(crate) fn leave_out_unused(&self, now: OffsetDateTime) {
        let by_id = &mut self.lock().by_id;
        by_id.retain(|_, found| now - found.kept_at < Self::LENGTH);
    }

    fn lock(&self) -> MutexGuard<'_, Clients> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clients {
    fn count(&self) -> usize {
        self.by_id.values().map(|found| found.states.len()).sum()
    }

    fn leave_out_the_oldest(&mut self) {
        let oldest = self.by_id.iter().min_by_key(|(_, found)| found.number);
        if let Some(client) = oldest.map(|(client, _)| client.clone()) {
            self.by_id.remove(&client);
        }
    }
}
