//! Who waits, and whose turn is next.

use crate::Room;
use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// The lines of all parties, and the turns that are free. `C` is what calls whoever waits.
pub(crate) struct Lines<K, C> {
    room: Room,
    free: usize,
    lines: HashMap<K, VecDeque<(u64, C)>>,
    /// The parties that have somebody waiting, the next one first.
    order: VecDeque<K>,
    waiting: usize,
    entered: u64,
}

impl<K: Eq + Hash + Clone, C> Lines<K, C> {
    pub(crate) fn new(room: Room) -> Self {
        Self {
            room,
            free: room.at_once,
            lines: HashMap::new(),
            order: VecDeque::new(),
            waiting: 0,
            entered: 0,
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Takes a turn that is free. Then nobody waits.
    pub(crate) fn take_free_turn(&mut self) -> bool {
        let is_free = self.free > 0;
        self.free -= usize::from(is_free);
        is_free
    }

    /// Gives a place in the line of `party`, if there is room.
    pub(crate) fn enter(&mut self, party: K, caller: C) -> Option<u64> {
        let length = self.lines.get(&party).map_or(0, VecDeque::len);
        if length >= self.room.waiting_of_one {
            return None;
        }
        if self.waiting >= self.room.waiting && !self.shorten_longest(length) {
            return None;
        }
        self.entered += 1;
        if length == 0 {
            self.order.push_back(party.clone());
        }
        let line = self.lines.entry(party).or_default();
        line.push_back((self.entered, caller));
        self.waiting += 1;
        Some(self.entered)
    }

    /// Takes the last place of the longest line away, unless one more in a line of `length` would make
    /// that as long.
    fn shorten_longest(&mut self, length: usize) -> bool {
        let longest = self.lines.iter().max_by_key(|(_, line)| line.len());
        let Some((party, line)) = longest else {
            return false;
        };
        if line.len() <= length + 1 {
            return false;
        }
        let (party, place) = (party.clone(), line.back().map(|(place, _)| *place));
        place.is_some_and(|place| self.leave(&party, place).is_some())
    }

    /// Takes somebody out of a line, if still there.
    pub(crate) fn leave(&mut self, party: &K, place: u64) -> Option<C> {
        let line = self.lines.get_mut(party)?;
        let position = line.iter().position(|(found, _)| *found == place)?;
        let (_, caller) = line.remove(position)?;
        self.waiting -= 1;
        if line.is_empty() {
            self.lines.remove(party);
            self.order.retain(|waiting| waiting != party);
        }
        Some(caller)
    }

    /// Takes the next in line out, for a turn that has ended; or else the turn is free.
    pub(crate) fn pass_on(&mut self) -> Option<C> {
        while let Some(party) = self.order.pop_front() {
            let Some(line) = self.lines.get_mut(&party) else {
                continue;
            };
            let next = line.pop_front();
            match line.is_empty() {
                true => drop(self.lines.remove(&party)),
                false => self.order.push_back(party),
            }
            if let Some((_, caller)) = next {
                self.waiting -= 1;
                return Some(caller);
            }
        }
        self.free += 1;
        None
    }
}
