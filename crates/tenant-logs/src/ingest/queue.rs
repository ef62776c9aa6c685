//! Which of the waiting appends are committed together next.

use central_logger_keys::ClientId;
use central_logger_log_store::store::{Append, CommitStyle};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use tokio::time::Instant;

/// The state of the queue: what waits or is being committed, and what was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueStatus {
    /// Entries that wait or are being committed.
    pub entries: usize,
    /// Their size in bytes.
    pub bytes: usize,
    /// The most bytes that there is room for.
    pub capacity: usize,
    /// Appends that were refused since there was no room for them.
    pub refused: u64,
    /// Appends that were given up since they had waited for too long.
    pub expired: u64,
}

/// An append, and what goes with it.
pub(crate) struct Waiting<T> {
    pub(crate) append: Append,
    pub(crate) ticket: T,
    weight: usize,
    since: Instant,
}

/// Appends that are committed together.
pub(crate) struct Group<T> {
    pub(crate) waiting: Vec<Waiting<T>>,
    pub(crate) held: Held,
}

/// The room that a group takes up until it is released.
#[derive(Default)]
pub(crate) struct Held {
    /// The bytes of each client.
    clients: Vec<(ClientId, usize)>,
    entries: usize,
}

/// Appends of many clients, taken in turns so that none waits for another's flood.
pub(crate) struct Queue<T> {
    style: CommitStyle,
    lines: HashMap<ClientId, Line<T>>,
    /// The clients that have something waiting, the next one first.
    turns: VecDeque<ClientId>,
    /// The bytes of all that waits or is being committed.
    weight: usize,
    entries: usize,
    refused: u64,
    expired: u64,
    in_flight: usize,
    /// Counts groups, so that a client is entered into each once.
    formed: u64,
}

/// The appends of one client.
struct Line<T> {
    waiting: VecDeque<Waiting<T>>,
    /// The bytes of what waits or is being committed.
    weight: usize,
    in_flight: usize,
    last_group: u64,
}

/// The most that may wait, in bytes.
const CAPACITY: usize = 64 << 20;
/// About the most that a group holds, in bytes.
const GROUP: usize = 512 << 10;
/// The most that a client adds to a group at each of its turns, in bytes. A larger append goes alone.
const TURN: usize = 64 << 10;
/// The number of large appends that may be under way beside the commits that the store makes at once.
const AHEAD: usize = 2;
/// The number of clients among whom one of them is looked for: there may be thousands who wait.
const LOOKED_AT: usize = 16;
/// The number of appends of a client that makes another commit worthwhile while one of it is under way.
const WORTHWHILE: usize = 64;
/// The time for which an append may wait for its commit to begin.
const PATIENCE: Duration = Duration::from_secs(5);

impl<T> Queue<T> {
    pub(crate) fn new(style: CommitStyle) -> Self {
        Self {
            style,
            lines: HashMap::new(),
            turns: VecDeque::new(),
            weight: 0,
            entries: 0,
            refused: 0,
            expired: 0,
            in_flight: 0,
            formed: 0,
        }
    }

    /// Returns whether nothing waits and nothing is being committed.
    pub(crate) fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.lines.is_empty()
    }

    pub(crate) fn status(&self) -> QueueStatus {
        QueueStatus {
            entries: self.entries,
            bytes: self.weight,
            capacity: CAPACITY,
            refused: self.refused,
            expired: self.expired,
        }
    }

    /// Takes an append in, or refuses it when its client has more waiting than there is room left: so
    /// there is always some for others.
    pub(crate) fn admit(&mut self, append: Append, ticket: T, now: Instant) -> bool {
        let weight = append.weight();
        let held = self.lines.get(&append.client).map_or(0, |line| line.weight);
        if held + weight > CAPACITY.saturating_sub(self.weight) {
            self.refused += 1;
            return false;
        }
        self.weight += weight;
        if !self.lines.contains_key(&append.client) {
            self.lines.insert(append.client.clone(), Line::default());
        }
        let Some(line) = self.lines.get_mut(&append.client) else {
            return false;
        };
        if line.waiting.is_empty() {
            self.turns.push_back(append.client.clone());
        }
        self.entries += append.entries.len();
        line.weight += weight;
        line.waiting.push_back(Waiting {
            append,
            ticket,
            weight,
            since: now,
        });
        true
    }

    /// Returns the next group to commit, if one may begin.
    pub(crate) fn next_group(&mut self) -> Option<Group<T>> {
        if self.in_flight >= self.style.in_flight {
            return self.next_ahead();
        }
        self.formed += 1;
        let mut group = Group {
            waiting: Vec::new(),
            held: Held::default(),
        };
        let (mut weight, mut passed_over) = (0, VecDeque::new());
        while let Some(client) = self.turns.pop_front() {
            let taken = self.take_turn(&client, &mut group, weight);
            weight += taken;
            let has_more = (self.lines.get(&client)).is_some_and(|line| !line.waiting.is_empty());
            let is_full = weight >= GROUP || (taken > TURN);
            match (has_more, taken) {
                (false, _) => {}
                // It keeps its place.
                (true, 0) => passed_over.push_back(client),
                (true, _) => self.turns.push_back(client),
            }
            if is_full || (self.style.one_client && taken > 0 && !has_more) {
                break;
            }
        }
        passed_over.append(&mut self.turns);
        self.turns = passed_over;
        if group.waiting.is_empty() {
            return None;
        }
        self.in_flight += 1;
        Some(group)
    }

    /// Returns a large append, alone, when as many commits are under way as the store makes at once. A store encodes
    /// it before it waits for them.
    fn next_ahead(&mut self) -> Option<Group<T>> {
        if self.in_flight >= self.style.in_flight + AHEAD {
            return None;
        }
        let lines = &self.lines;
        let is_large = |client: &ClientId| {
            let next = lines.get(client).and_then(|line| line.waiting.front());
            next.is_some_and(|next| next.weight > TURN)
        };
        let place = self.turns.iter().take(LOOKED_AT).position(is_large)?;
        let client = self.turns.remove(place)?;
        let line = self.lines.get_mut(&client)?;
        let next = line.waiting.pop_front()?;
        line.in_flight += 1;
        self.in_flight += 1;
        if !line.waiting.is_empty() {
            self.turns.push_back(client.clone());
        }
        let held = Held {
            clients: vec![(client, next.weight)],
            entries: next.append.entries.len(),
        };
        Some(Group {
            waiting: vec![next],
            held,
        })
    }

    /// Moves what `client` may add at one turn into the group, and gives its weight.
    fn take_turn(&mut self, client: &ClientId, group: &mut Group<T>, so_far: usize) -> usize {
        let Some(line) = self.lines.get_mut(client) else {
            return 0;
        };
        let is_in_group = line.last_group == self.formed;
        if !is_in_group && !line.may_begin(self.style.in_flight) {
            return 0;
        }
        if self.style.one_client && !group.waiting.is_empty() && !is_in_group {
            return 0;
        }
        let mut taken = 0;
        while let Some(next) = line.waiting.front() {
            let goes_alone = group.waiting.is_empty();
            let has_room = taken + next.weight <= TURN && so_far + taken + next.weight <= GROUP;
            if !goes_alone && !has_room {
                break;
            }
            taken += next.weight;
            group.held.entries += next.append.entries.len();
            group.waiting.extend(line.waiting.pop_front());
        }
        if taken == 0 {
            return 0;
        }
        let clients = &mut group.held.clients;
        if is_in_group {
            let entered = clients.iter_mut().find(|(holder, _)| holder == client);
            entered.into_iter().for_each(|(_, weight)| *weight += taken);
        } else {
            line.last_group = self.formed;
            line.in_flight += 1;
            clients.push((client.clone(), taken));
        }
        taken
    }

    /// Makes the room of a group free that has been committed, or not.
    pub(crate) fn release(&mut self, held: &Held) {
        self.in_flight -= 1;
        self.entries -= held.entries;
        for (client, weight) in &held.clients {
            self.weight -= weight;
            if let Some(line) = self.lines.get_mut(client) {
                line.weight -= weight;
                line.in_flight -= 1;
                if line.weight == 0 {
                    self.lines.remove(client);
                }
            }
        }
    }

    /// Takes out what has waited for too long.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Waiting<T>> {
        let mut expired = Vec::new();
        for line in self.lines.values_mut() {
            while let Some(first) = line.waiting.front()
                && now.duration_since(first.since) >= PATIENCE
            {
                expired.extend(line.waiting.pop_front());
            }
        }
        for waiting in &expired {
            self.expired += 1;
            self.entries -= waiting.append.entries.len();
            self.weight -= waiting.weight;
            if let Some(line) = self.lines.get_mut(&waiting.append.client) {
                line.weight -= waiting.weight;
            }
        }
        let lines = &self.lines;
        let has_more = |client: &ClientId| {
            lines
                .get(client)
                .is_some_and(|line| !line.waiting.is_empty())
        };
        self.turns.retain(has_more);
        self.lines
            .retain(|_, line| line.weight > 0 || line.in_flight > 0);
        expired
    }
}

impl<T> Line<T> {
    /// Returns whether a group of it may begin. While one is under way, more appends gather; and where there
    /// are several commits at once, one is left to others.
    fn may_begin(&self, in_flight: usize) -> bool {
        match self.in_flight {
            0 => true,
            mine => {
                let is_worthwhile = self.waiting.len() >= WORTHWHILE || self.weight >= GROUP;
                is_worthwhile && mine + 1 < in_flight
            }
        }
    }
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            weight: 0,
            in_flight: 0,
            last_group: 0,
        }
    }
}
