//! Who waits, and whose turn is next.

use crate::Room;
use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// The lines of all parties, and the turns that are taken. `C` is what calls a party that waits.
pub(crate) struct Lines<K, C> {
    room: Room,
    /// The most turns that one party has at a time.
    at_once_of_one: usize,
    parties: HashMap<K, Party<C>>,
    /// The parties that have somebody waiting, the next one first.
    order: VecDeque<K>,
    taken: usize,
    waiting: usize,
    entered: u64,
}

struct Party<C> {
    taken: usize,
    line: VecDeque<Waiting<C>>,
}

struct Waiting<C> {
    place: u64,
    /// Whether it stands ahead of all that came by the end of the line, and keeps its place.
    is_ahead: bool,
    caller: C,
}

impl<K: Eq + Hash + Clone, C> Lines<K, C> {
    pub(crate) fn new(room: Room) -> Self {
        Self {
            at_once_of_one: room.at_once,
            room,
            parties: HashMap::new(),
            order: VecDeque::new(),
            taken: 0,
            waiting: 0,
            entered: 0,
        }
    }

    pub(crate) fn limit_each(&mut self, at_once: usize) {
        self.at_once_of_one = at_once;
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        (self.taken, self.waiting) == (0, 0) && self.parties.is_empty() && self.order.is_empty()
    }

    /// Takes a turn that is free for `party`. Then nobody waits whose turn it could be.
    pub(crate) fn take_free_turn(&mut self, party: &K) -> bool {
        let known = self.parties.get(party);
        let taken_of_one = known.map_or(0, |party| party.taken);
        let is_free = self.taken < self.room.at_once && taken_of_one < self.at_once_of_one;
        if is_free {
            self.taken += 1;
            self.of(party).taken += 1;
        }
        is_free
    }

    /// Gives a place at the end of the line of `party`, if there is room.
    pub(crate) fn enter(&mut self, party: &K, caller: C) -> Option<u64> {
        let known = self.parties.get(party);
        let length = known.map_or(0, |party| party.line.len());
        if length >= self.room.waiting_of_one {
            return None;
        }
        if self.waiting >= self.room.waiting && !self.shorten_longest(length) {
            return None;
        }
        let waiting = self.arrive(party, false, caller);
        let place = waiting.place;
        self.of(party).line.push_back(waiting);
        Some(place)
    }

    /// Gives the first place in the line of `party`, whether there is room or not.
    pub(crate) fn enter_ahead(&mut self, party: &K, caller: C) -> u64 {
        let waiting = self.arrive(party, true, caller);
        let place = waiting.place;
        self.of(party).line.push_front(waiting);
        place
    }

    fn arrive(&mut self, party: &K, is_ahead: bool, caller: C) -> Waiting<C> {
        if self.of(party).line.is_empty() {
            self.order.push_back(party.clone());
        }
        self.waiting += 1;
        self.entered += 1;
        Waiting {
            place: self.entered,
            is_ahead,
            caller,
        }
    }

    fn of(&mut self, party: &K) -> &mut Party<C> {
        let known = self.parties.entry(party.clone());
        known.or_insert_with(|| Party {
            taken: 0,
            line: VecDeque::new(),
        })
    }

    /// Takes the last place of the longest line away, unless one more in a line of `length` would make
    /// that as long.
    fn shorten_longest(&mut self, length: usize) -> bool {
        let parties = self.parties.iter();
        let Some((party, Party { line, .. })) = parties.max_by_key(|(_, party)| party.line.len())
        else {
            return false;
        };
        let Some(last) = line.back().filter(|last| !last.is_ahead) else {
            return false;
        };
        if line.len() <= length + 1 {
            return false;
        }
        let (party, place) = (party.clone(), last.place);
        self.leave(&party, place).is_some()
    }

    /// Takes somebody out of a line, if still there.
    pub(crate) fn leave(&mut self, party: &K, place: u64) -> Option<C> {
        let line = &mut self.parties.get_mut(party)?.line;
        let position = line.iter().position(|waiting| waiting.place == place)?;
        let Waiting { caller, .. } = line.remove(position)?;
        self.waiting -= 1;
        if line.is_empty() {
            self.order.retain(|waiting| waiting != party);
            self.forget_if_idle(party);
        }
        Some(caller)
    }

    /// Takes the next in line out, for a turn of `party` that has ended; or else the turn is free.
    pub(crate) fn pass_on(&mut self, party: &K) -> Option<(K, C)> {
        self.taken -= 1;
        self.of(party).taken -= 1;
        let next = self.next();
        self.forget_if_idle(party);
        next
    }

    fn next(&mut self) -> Option<(K, C)> {
        let may_have_one = |party: &K| {
            let party = self.parties.get(party);
            party.is_some_and(|party| party.taken < self.at_once_of_one)
        };
        let position = self.order.iter().position(may_have_one)?;
        let party = self.order.remove(position)?;
        let Party { taken, line } = self.parties.get_mut(&party)?;
        let Waiting { caller, .. } = line.pop_front()?;
        *taken += 1;
        self.taken += 1;
        self.waiting -= 1;
        if !line.is_empty() {
            self.order.push_back(party.clone());
        }
        Some((party, caller))
    }

    fn forget_if_idle(&mut self, party: &K) {
        let is_idle = |party: &Party<C>| party.taken == 0 && party.line.is_empty();
        if self.parties.get(party).is_some_and(is_idle) {
            self.parties.remove(party);
        }
    }
}
