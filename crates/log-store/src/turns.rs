//! Who may read from a store now. Clients take turns, so that none waits for another's searches.

use crate::Reach;
use central_logger_keys::ClientId;
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// The lines of those who wait to read, one for each client.
#[derive(Clone)]
pub(crate) struct ReadTurns(Arc<Mutex<Lines>>);

/// The right to read for a short time. The next one has it when this is dropped.
pub struct Turn {
    turns: ReadTurns,
    client: ClientId,
}

/// Whether an answer has had a turn before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It goes to the end of its client's line, if there is room.
    New,
    /// It goes to the head: what was begun is finished first, or all would be late.
    Begun,
}

/// There is no room in the line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

struct Lines {
    at_once: usize,
    of_a_client: usize,
    lines: HashMap<ClientId, Line>,
    /// The clients that have something waiting, the next one first.
    next: VecDeque<ClientId>,
    reading: usize,
    waiting: usize,
    /// How far a turn goes.
    reach: Reach,
}

#[derive(Default)]
struct Line {
    reading: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// How many requests of a client may wait.
const LINE: usize = 256;
/// How many may wait in all.
const LINES: usize = 4096;

impl ReadTurns {
    /// Lets so many read at once, of whom one client is at most half.
    pub(crate) fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self(Arc::new(Mutex::new(Lines {
            at_once,
            of_a_client: (at_once / 2).max(1),
            lines: HashMap::new(),
            next: VecDeque::new(),
            reading: 0,
            waiting: 0,
            reach: Reach::FIRST,
        })))
    }

    /// Waits for a turn of `client`. Whoever stops waiting leaves the line.
    pub(crate) async fn take(&self, client: &ClientId, standing: Standing) -> Result<Turn, Full> {
        let (ticket, turn) = oneshot::channel();
        self.lock().join(client, ticket, standing)?;
        self.call_up();
        turn.await.map_err(|_| Full)
    }

    /// Lets other clients have their turns, and waits for the next one of the same answer.
    pub(crate) async fn take_again(&self, turn: Turn) -> Result<Turn, Full> {
        let (ticket, next) = oneshot::channel();
        // In line before the turn is given up, or a new answer would begin in the place of this one.
        self.lock().join(&turn.client, ticket, Standing::Begun)?;
        drop(turn);
        next.await.map_err(|_| Full)
    }

    /// How far a turn should go, as those of late have shown.
    pub(crate) fn reach(&self) -> Reach {
        self.lock().reach
    }

    /// Learns from a turn that went so far.
    pub(crate) fn learn(&self, mut reach: Reach, took: Duration) {
        reach.adapt(took);
        self.lock().reach = reach;
    }

    /// Learns from a turn that led nowhere.
    pub(crate) fn learn_slowness(&self) {
        self.lock().reach = Reach::FIRST;
    }

    /// Gives a turn to all who may have one now.
    fn call_up(&self) {
        loop {
            let Some((client, ticket)) = self.lock().next() else {
                return;
            };
            let turns = self.clone();
            // Whoever has gone in this moment gives the turn back by dropping it.
            drop(ticket.send(Turn { turns, client }));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn join(
        &mut self,
        client: &ClientId,
        ticket: oneshot::Sender<Turn>,
        standing: Standing,
    ) -> Result<(), Full> {
        let line = self.lines.entry(client.clone()).or_default();
        if standing == Standing::New && (line.waiting.len() >= LINE || self.waiting >= LINES) {
            let before = line.waiting.len();
            line.waiting.retain(|ticket| !ticket.is_closed());
            self.waiting -= before - line.waiting.len();
            if line.waiting.len() >= LINE || self.waiting >= LINES {
                return Err(Full);
            }
        }
        if line.waiting.is_empty() && !self.next.contains(client) {
            self.next.push_back(client.clone());
        }
        self.waiting += 1;
        match standing {
            Standing::New => line.waiting.push_back(ticket),
            Standing::Begun => line.waiting.push_front(ticket),
        }
        Ok(())
    }

    /// Takes the next one who may read out of its line, and counts it as reading.
    fn next(&mut self) -> Option<(ClientId, oneshot::Sender<Turn>)> {
        if self.reading >= self.at_once {
            return None;
        }
        for place in 0..self.next.len() {
            let client = self.next.get(place)?.clone();
            let Some(line) = self.lines.get_mut(&client) else {
                continue;
            };
            if line.reading >= self.of_a_client {
                // It keeps its place.
                continue;
            }
            self.next.remove(place);
            let ticket = loop {
                match line.waiting.pop_front() {
                    Some(ticket) if ticket.is_closed() => self.waiting -= 1,
                    other => break other,
                }
            };
            let Some(ticket) = ticket else {
                self.forget_if_idle(&client);
                return self.next();
            };
            self.waiting -= 1;
            self.reading += 1;
            line.reading += 1;
            if !line.waiting.is_empty() {
                self.next.push_back(client.clone());
            }
            return Some((client, ticket));
        }
        None
    }

    fn release(&mut self, client: &ClientId) {
        self.reading -= 1;
        if let Some(line) = self.lines.get_mut(client) {
            line.reading -= 1;
        }
        self.forget_if_idle(client);
    }

    fn forget_if_idle(&mut self, client: &ClientId) {
        let is_idle = |line: &Line| line.reading == 0 && line.waiting.is_empty();
        if self.lines.get(client).is_some_and(is_idle) {
            self.lines.remove(client);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.lock().release(&self.client);
        self.turns.call_up();
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Turn").field(&self.client).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };

    type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Turn, Full>> + 'a>>;

    fn client(name: &str) -> ClientId {
        name.parse().unwrap()
    }

    fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Comes into the line, and has its turn if it is free.
    fn come<'a>(
        turns: &'a ReadTurns,
        client: &'a ClientId,
        standing: Standing,
    ) -> Result<Turn, Waiting<'a>> {
        let mut waiting: Waiting<'a> = Box::pin(turns.take(client, standing));
        match poll(&mut waiting) {
            Poll::Ready(turn) => Ok(turn.unwrap()),
            Poll::Pending => Err(waiting),
        }
    }

    #[test]
    fn a_client_has_half_of_the_turns_and_others_do_not_wait_for_it() {
        let (turns, acme, widget) = (ReadTurns::new(4), client("acme"), client("widget"));
        let held: Vec<_> = (0..2)
            .map(|_| come(&turns, &acme, Standing::New).ok().unwrap())
            .collect();
        let mut third = come(&turns, &acme, Standing::New).err().unwrap();
        drop(come(&turns, &widget, Standing::New).ok().unwrap());
        assert!(poll(&mut third).is_pending());
        drop(held);
        assert!(poll(&mut third).is_ready());
    }

    #[test]
    fn clients_take_turns() {
        let turns = ReadTurns::new(1);
        let names = ["acme", "acme", "acme", "widget", "globex"].map(client);
        let held = come(&turns, &names[0], Standing::New).ok().unwrap();
        let mut waiting: Vec<_> = names
            .iter()
            .map(|client| Some(come(&turns, client, Standing::New).err().unwrap()))
            .collect();
        drop(held);
        let mut order = Vec::new();
        while order.len() < names.len() {
            for (place, slot) in waiting.iter_mut().enumerate() {
                let Some(Poll::Ready(turn)) = slot.as_mut().map(poll) else {
                    continue;
                };
                order.push(place);
                *slot = None;
                drop(turn);
            }
        }
        assert_eq!(order, [0, 3, 4, 1, 2]);
    }

    #[test]
    fn what_was_begun_goes_first_within_its_line() {
        let (turns, acme) = (ReadTurns::new(1), client("acme"));
        let held = come(&turns, &acme, Standing::New).ok().unwrap();
        let mut new = come(&turns, &acme, Standing::New).err().unwrap();
        let mut begun = come(&turns, &acme, Standing::Begun).err().unwrap();
        drop(held);
        assert!(poll(&mut new).is_pending());
        assert!(poll(&mut begun).is_ready());
    }

    #[test]
    fn a_line_has_an_end_for_those_who_are_new() {
        let (turns, acme, widget) = (ReadTurns::new(2), client("acme"), client("widget"));
        let _held = come(&turns, &acme, Standing::New).ok().unwrap();
        let mut line: Vec<_> = (0..LINE)
            .map(|_| come(&turns, &acme, Standing::New).err().unwrap())
            .collect();
        let mut late = Box::pin(turns.take(&acme, Standing::New));
        assert!(matches!(poll(&mut late), Poll::Ready(Err(Full))));
        assert!(come(&turns, &acme, Standing::Begun).is_err());
        assert!(come(&turns, &widget, Standing::New).is_ok());
        // Those who have gone make room.
        line.truncate(LINE / 2);
        assert!(come(&turns, &acme, Standing::New).is_err());
    }

    #[test]
    fn whoever_stops_waiting_holds_nobody_up() {
        let (turns, acme) = (ReadTurns::new(2), client("acme"));
        let held = come(&turns, &acme, Standing::New).ok().unwrap();
        let gone = come(&turns, &acme, Standing::New).err().unwrap();
        let mut last = come(&turns, &acme, Standing::New).err().unwrap();
        drop(gone);
        drop(held);
        let Poll::Ready(turn) = poll(&mut last) else {
            panic!("it is its turn");
        };
        drop(turn);
        assert_eq!(turns.lock().waiting, 0);
        assert_eq!(turns.lock().reading, 0);
        assert!(turns.lock().lines.is_empty());
    }
}
