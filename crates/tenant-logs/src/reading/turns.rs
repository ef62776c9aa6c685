use central_logger_keys::ClientId;
use central_logger_log_store::store::ScanBudget;
use central_logger_turns::{Full, Room, Turn, Turns};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The turns in which the clients of a store read from it, and how much a turn reads.
#[derive(Clone)]
pub(crate) struct ReadTurns {
    turns: Turns<ClientId>,
    budget: Arc<Mutex<ScanBudget>>,
}

/// The right of a client to read for a short time. The next one has it when this is dropped.
pub type ReadTurn = Turn<ClientId>;

/// The most requests of a client that may wait.
const LINE: usize = 256;
/// The most requests that may wait in all.
const LINES: usize = 4096;

impl ReadTurns {
    /// Lets so many read at once, of whom one client is at most half.
    pub(crate) fn new(at_once: usize) -> Self {
        let turns = Turns::new(Room {
            at_once: at_once.max(1),
            waiting: LINES,
            waiting_of_one: LINE,
        });
        Self {
            turns: turns.with_at_most_of_one((at_once / 2).max(1)),
            budget: Arc::new(Mutex::new(ScanBudget::INITIAL)),
        }
    }

    /// Waits for a turn to begin an answer.
    pub(crate) async fn wait(&self, client: &ClientId) -> Result<ReadTurn, Full> {
        self.turns.wait(client.clone()).await
    }

    /// Waits for a turn to go on with an answer: what has begun is finished first, or all would be late.
    pub(crate) async fn wait_ahead(&self, client: &ClientId) -> Result<ReadTurn, Full> {
        self.turns.wait_ahead(client.clone()).await
    }

    /// Returns how much a turn should read, as those of late have shown.
    pub(crate) fn budget(&self) -> ScanBudget {
        *self.shared_budget()
    }

    /// Learns from a turn that had this budget.
    pub(crate) fn learn(&self, mut budget: ScanBudget, took: Duration) {
        budget.adapt(took);
        *self.shared_budget() = budget;
    }

    /// Learns from a turn that led nowhere.
    pub(crate) fn learn_slowness(&self) {
        *self.shared_budget() = ScanBudget::INITIAL;
    }

    fn shared_budget(&self) -> MutexGuard<'_, ScanBudget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
