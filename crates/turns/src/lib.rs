//! Turns at work that only so many may do at a time: each party waits in a line of its own, the lines
//! take turns, and every line has an end.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod lines;
#[cfg(test)]
mod tests;

use lines::Lines;
use std::{
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// How much room there is.
///
/// # Examples
///
/// ```
/// use central_logger_turns::Room;
///
/// let room = Room { at_once: 2, waiting: 256, waiting_of_one: 64 };
/// assert!(room.waiting_of_one < room.waiting);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// How many turns there are at a time.
    pub at_once: usize,
    /// How many may wait in all lines together.
    pub waiting: usize,
    /// How many may wait in the line of one party.
    pub waiting_of_one: usize,
}

/// Hands out turns.
///
/// A waiter that is dropped leaves its line. When all lines together are full, the longest one
/// gives up its last place to a party that has fewer waiting: so a flood of one party keeps no other out.
///
/// # Examples
///
/// ```
/// use central_logger_turns::{Full, Room, Turns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Full> {
/// let turns = Turns::new(Room { at_once: 1, waiting: 0, waiting_of_one: 0 });
/// let turn = turns.wait("acme").await?;
/// assert_eq!(turns.wait("widget").await.unwrap_err(), Full);
/// drop(turn);
/// turns.wait("widget").await?;
/// # Ok(())
/// # }
/// ```
pub struct Turns<K: Eq + Hash + Clone>(Arc<Mutex<Lines<K, Caller<K>>>>);

type Caller<K> = oneshot::Sender<Turn<K>>;

/// A turn, until it is dropped.
///
/// # Examples
///
/// ```
/// use central_logger_turns::{Full, Room, Turns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Full> {
/// let turns = Turns::new(Room { at_once: 1, waiting: 8, waiting_of_one: 8 });
/// let turn = turns.wait("acme").await?;
/// assert!(!turn.is_awaited(), "nobody is in line");
/// # Ok(())
/// # }
/// ```
pub struct Turn<K: Eq + Hash + Clone>(Option<(Turns<K>, K)>);

/// The line has no more room.
///
/// # Examples
///
/// ```
/// assert_eq!(central_logger_turns::Full.to_string(), "too many wait already");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wait already")]
pub struct Full;

impl<K: Eq + Hash + Clone> Turns<K> {
    /// Turns with so much room.
    pub fn new(room: Room) -> Self {
        Self(Arc::new(Mutex::new(Lines::new(room))))
    }

    /// The same turns, of which one party has at most so many at a time: others need not wait for a
    /// party whose turns are long.
    #[must_use]
    pub fn with_at_most_of_one(self, at_once: usize) -> Self {
        self.lines().limit_each(at_once);
        self
    }

    /// Waits for a turn at the end of the line of `party`.
    ///
    /// # Errors
    /// When there is no room to wait, or the place was given up to another party.
    pub async fn wait(&self, party: K) -> Result<Turn<K>, Full> {
        self.wait_in_line(party, |lines, party, caller| lines.enter(party, caller))
            .await
    }

    /// Waits for a turn ahead of all others of `party`, whether there is room or not: for what has begun,
    /// so that it ends before more begins.
    ///
    /// # Errors
    /// None but of turns that are no more.
    pub async fn wait_ahead(&self, party: K) -> Result<Turn<K>, Full> {
        self.wait_in_line(party, |lines, party, caller| {
            Some(lines.enter_ahead(party, caller))
        })
        .await
    }

    async fn wait_in_line(
        &self,
        party: K,
        enter: impl FnOnce(&mut Lines<K, Caller<K>>, &K, Caller<K>) -> Option<u64>,
    ) -> Result<Turn<K>, Full> {
        let (place, turn) = {
            let mut lines = self.lines();
            if lines.take_free_turn(&party) {
                return Ok(Turn(Some((self.clone(), party))));
            }
            let (caller, turn) = oneshot::channel();
            (enter(&mut lines, &party, caller).ok_or(Full)?, turn)
        };
        self.called(party, place, turn).await
    }

    async fn called(
        &self,
        party: K,
        place: u64,
        turn: oneshot::Receiver<Turn<K>>,
    ) -> Result<Turn<K>, Full> {
        let _place = Place {
            turns: self,
            party,
            place,
        };
        // A caller that is dropped has lost its place.
        turn.await.map_err(|_| Full)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.lines().waiting()
    }

    fn lines(&self) -> MutexGuard<'_, Lines<K, Caller<K>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone> Turn<K> {
    /// Whether somebody waits for it.
    pub fn is_awaited(&self) -> bool {
        (self.0.as_ref()).is_some_and(|(turns, _)| turns.waiting() > 0)
    }

    /// Lets others have their turns, and waits for the next one ahead of all others of the same party.
    ///
    /// # Errors
    /// None but of turns that are no more.
    pub async fn again(mut self) -> Result<Self, Full> {
        let Some((turns, party)) = self.0.clone() else {
            return Err(Full);
        };
        let (caller, turn) = oneshot::channel();
        // In line before the turn is given up, or somebody new would begin in the place of this one.
        let place = turns.lines().enter_ahead(&party, caller);
        self.pass_on();
        turns.called(party, place, turn).await
    }

    fn pass_on(&mut self) {
        let Some((turns, mut party)) = self.0.take() else {
            return;
        };
        loop {
            // The lock is free again before anybody is called, who may drop what is sent.
            let next = turns.lines().pass_on(&party);
            let Some((called, caller)) = next else {
                return;
            };
            match caller.send(Self(Some((turns.clone(), called)))) {
                Ok(()) => return,
                // The waiter has gone. The turn is still in hand.
                Err(mut returned) => match returned.0.take() {
                    Some((_, called)) => party = called,
                    None => return,
                },
            }
        }
    }
}

impl<K: Eq + Hash + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        self.pass_on();
    }
}

/// A place in a line, left when this is dropped.
struct Place<'t, K: Eq + Hash + Clone> {
    turns: &'t Turns<K>,
    party: K,
    place: u64,
}

impl<K: Eq + Hash + Clone> Drop for Place<'_, K> {
    fn drop(&mut self) {
        let left = self.turns.lines().leave(&self.party, self.place);
        drop(left);
    }
}

impl<K: Eq + Hash + Clone> Clone for Turns<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash + Clone> fmt::Debug for Turns<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns")
            .field("waiting", &self.waiting())
            .finish()
    }
}

impl<K: Eq + Hash + Clone> fmt::Debug for Turn<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}
