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
fn a_waiter_that_has_gone_is_passed_over() {
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
