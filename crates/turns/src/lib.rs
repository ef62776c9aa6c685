//! Turns at work that only so many may do at a time: each party waits in a line of its own, the lines
//! take turns, and every line has an end.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod lines;

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::Pin, task::Poll};

    type Waiting<'t> = Pin<Box<dyn Future<Output = Result<Turn<&'static str>, Full>> + 't>>;

    fn poll(waiting: &mut Waiting<'_>) -> Option<Result<Turn<&'static str>, Full>> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match waiting.as_mut().poll(&mut context) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    fn turns(at_once: usize, waiting: usize, waiting_of_one: usize) -> Turns<&'static str> {
        Turns::new(Room {
            at_once,
            waiting,
            waiting_of_one,
        })
    }

    /// Somebody in line.
    fn enter<'t>(turns: &'t Turns<&'static str>, party: &'static str) -> Waiting<'t> {
        let mut waiting: Waiting<'t> = Box::pin(turns.wait(party));
        assert!(poll(&mut waiting).is_none());
        waiting
    }

    #[test]
    fn a_flood_of_one_party_holds_no_other_up() {
        let turns = turns(1, 100, 100);
        let first = poll(&mut (Box::pin(turns.wait("flood")) as Waiting<'_>)).unwrap();
        let mut flood: Vec<_> = (0..50).map(|_| enter(&turns, "flood")).collect();
        let mut other = enter(&turns, "other");
        drop(first);
        let second = poll(&mut flood[0]).unwrap().unwrap();
        assert!(poll(&mut other).is_none());
        drop(second);
        assert!(poll(&mut other).is_some_and(|turn| turn.is_ok()));
    }

    #[test]
    fn whoever_has_gone_is_passed_over() {
        let turns = turns(1, 100, 100);
        let turn = poll(&mut (Box::pin(turns.wait("a")) as Waiting<'_>)).unwrap();
        let gone = enter(&turns, "a");
        let mut stays = enter(&turns, "a");
        let called = enter(&turns, "a");
        drop(gone);
        assert_eq!(turns.waiting(), 2);
        drop(turn);
        // Called, and gone before it looked.
        let turn = poll(&mut stays).unwrap();
        drop(turn);
        drop(called);
        assert_eq!(turns.waiting(), 0);
        assert!(poll(&mut (Box::pin(turns.wait("b")) as Waiting<'_>)).is_some());
    }

    #[test]
    fn lines_end_and_the_longest_gives_way() {
        let turns = turns(1, 4, 3);
        let _turn = poll(&mut (Box::pin(turns.wait("flood")) as Waiting<'_>)).unwrap();
        let mut flood: Vec<_> = (0..3).map(|_| enter(&turns, "flood")).collect();
        let mut beyond: Waiting<'_> = Box::pin(turns.wait("flood"));
        assert_eq!(poll(&mut beyond).unwrap().unwrap_err(), Full);
        let _one = enter(&turns, "one");
        // All lines are full, and two are the shorter by as much as to be let in.
        let _two = enter(&turns, "two");
        assert_eq!(poll(&mut flood[2]).unwrap().unwrap_err(), Full);
        let _three = enter(&turns, "three");
        assert_eq!(poll(&mut flood[1]).unwrap().unwrap_err(), Full);
        // Nobody has more than one now.
        let mut four: Waiting<'_> = Box::pin(turns.wait("four"));
        assert_eq!(poll(&mut four).unwrap().unwrap_err(), Full);
        assert!(poll(&mut flood[0]).is_none());
    }

    #[test]
    fn a_party_has_so_many_turns_and_others_do_not_wait_for_it() {
        let turns = turns(4, 100, 100).with_at_most_of_one(2);
        let free = |party| poll(&mut (Box::pin(turns.wait(party)) as Waiting<'_>)).unwrap();
        let held = [free("acme").unwrap(), free("acme").unwrap()];
        let mut third = enter(&turns, "acme");
        drop(free("widget").unwrap());
        assert!(poll(&mut third).is_none());
        drop(held);
        assert!(poll(&mut third).is_some_and(|turn| turn.is_ok()));
        assert!(turns.lines().is_idle());
    }

    #[test]
    fn parties_take_turns() {
        let turns = turns(1, 100, 100);
        let held = poll(&mut (Box::pin(turns.wait("acme")) as Waiting<'_>)).unwrap();
        let parties = ["acme", "acme", "acme", "widget", "globex"];
        let mut waiting: Vec<_> = parties.map(|party| Some(enter(&turns, party))).into();
        drop(held);
        let mut order = Vec::new();
        while order.len() < parties.len() {
            for (number, slot) in waiting.iter_mut().enumerate() {
                if let Some(turn) = slot.as_mut().and_then(poll) {
                    order.push(number);
                    *slot = None;
                    drop(turn);
                }
            }
        }
        assert_eq!(order, [0, 3, 4, 1, 2]);
    }

    #[test]
    fn what_has_begun_goes_ahead_in_its_line_and_keeps_its_place() {
        let turns = turns(1, 2, 2);
        let held = poll(&mut (Box::pin(turns.wait("acme")) as Waiting<'_>)).unwrap();
        let mut new = enter(&turns, "acme");
        let begun = || Box::pin(turns.wait_ahead("acme")) as Waiting<'_>;
        let (mut first, mut second) = (begun(), begun());
        assert!(poll(&mut first).is_none() && poll(&mut second).is_none());
        // All lines are full, and only what is new gives way.
        let mut other = enter(&turns, "widget");
        assert_eq!(poll(&mut new).unwrap().unwrap_err(), Full);
        let mut another: Waiting<'_> = Box::pin(turns.wait("globex"));
        assert_eq!(poll(&mut another).unwrap().unwrap_err(), Full);
        drop(held);
        let turn = poll(&mut second).unwrap().unwrap();
        drop(turn);
        assert!(poll(&mut first).is_none());
        drop(poll(&mut other).unwrap());
        assert!(poll(&mut first).is_some());
    }

    #[test]
    fn a_turn_that_is_taken_again_lets_other_parties_have_theirs() {
        let turns = turns(1, 100, 100);
        let held = poll(&mut (Box::pin(turns.wait("acme")) as Waiting<'_>)).unwrap();
        let mut other = enter(&turns, "widget");
        let mut new = enter(&turns, "acme");
        let mut again: Waiting<'_> = Box::pin(held.unwrap().again());
        assert!(poll(&mut again).is_none());
        drop(poll(&mut other).unwrap());
        let turn = poll(&mut again).unwrap();
        assert!(poll(&mut new).is_none());
        drop(turn);
        assert!(poll(&mut new).is_some());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_work_at_a_time_than_there_are_turns() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let turns = Turns::new(Room {
            at_once: 3,
            waiting: 1000,
            waiting_of_one: 1000,
        });
        let working = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..500)
            .map(|number| {
                let (turns, working) = (turns.clone(), Arc::clone(&working));
                tokio::spawn(async move {
                    let turn = turns.wait(number % 7).await.unwrap();
                    assert!(working.fetch_add(1, Ordering::SeqCst) < 3);
                    tokio::task::yield_now().await;
                    working.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(turns.waiting(), 0);
    }
}
