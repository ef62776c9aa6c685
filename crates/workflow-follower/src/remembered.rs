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

/// What is remembered of a client.
pub(crate) struct OfClient {
    /// The place of the client when its states were as they are here.
    pub(crate) place: Document,
    pub(crate) states: States,
}

#[derive(Default)]
struct Clients {
    by_id: HashMap<ClientId, Kept>,
    /// How often something was kept.
    kept: u64,
}

struct Kept {
    of_client: OfClient,
    /// Which of all that were kept it is.
    number: u64,
    at: OffsetDateTime,
}

impl Remembered {
    /// How many states: each may take a few hundred kilobytes.
    const MOST: usize = 128;
    /// How long those of a client stay of which none was used: it may have been removed.
    const LENGTH: Duration = Duration::HOUR;

    /// Takes out what is remembered of a client. Others may have changed it since.
    pub(crate) fn take(&self, client: &ClientId) -> Option<OfClient> {
        let kept = self.lock().by_id.remove(client);
        kept.map(|kept| kept.of_client)
    }

    /// Keeps states of a client, until there are too many.
    pub(crate) fn keep(&self, client: &ClientId, of_client: OfClient, at: OffsetDateTime) {
        let count = of_client.states.len();
        if count == 0 || count > Self::MOST {
            return;
        }
        let mut clients = self.lock();
        clients.kept += 1;
        let kept = Kept {
            of_client,
            number: clients.kept,
            at,
        };
        clients.by_id.insert(client.clone(), kept);
        while clients.count() > Self::MOST {
            clients.leave_out_the_oldest();
        }
    }

    /// Leaves out those of clients of which none was used for long.
    pub(crate) fn leave_out_unused(&self, now: OffsetDateTime) {
        let by_id = &mut self.lock().by_id;
        by_id.retain(|_, kept| now - kept.at < Self::LENGTH);
    }

    fn lock(&self) -> MutexGuard<'_, Clients> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clients {
    fn count(&self) -> usize {
        let kept = self.by_id.values();
        kept.map(|kept| kept.of_client.states.len()).sum()
    }

    fn leave_out_the_oldest(&mut self) {
        let oldest = self.by_id.iter().min_by_key(|(_, kept)| kept.number);
        if let Some(client) = oldest.map(|(client, _)| client.clone()) {
            self.by_id.remove(&client);
        }
    }
}
