//! Gathering appends into commits. Time is tokio's and stands still, so nothing here waits.

use crate::support::InstrumentedStore;
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, LogEntry, LogSearch, LogStore, LogStoreError, MemoryLogs};
use central_logger_tenant_logs::{
    AppendError, Ingestor,
    ingest::{Commit, CommitSink, Ingested},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, yield_now},
};

/// A store whose commits end when they are let.
fn gated(in_flight: usize) -> Arc<InstrumentedStore> {
    let mut store = InstrumentedStore::new(MemoryLogs::new());
    store.style.in_flight = in_flight;
    store.commits = Semaphore::new(0);
    Arc::new(store)
}

fn append_of(client: &str, message: &str) -> Append {
    let client: ClientId = client.parse().unwrap();
    let now = OffsetDateTime::UNIX_EPOCH;
    let mut entry = LogEntry::builder(now);
    entry.environment("e").executed_at_unix_ns(0).status("s");
    entry.message(message);
    Append {
        client,
        received_at: now,
        entries: vec![entry.build().unwrap()],
        claim: None,
    }
}

type Sent = JoinHandle<Result<Ingested, AppendError>>;

/// Sends it, and goes on until it waits.
async fn send(ingestor: &Ingestor, append: Append) -> Sent {
    let ingestor = ingestor.clone();
    let sent = tokio::spawn(async move { ingestor.append(append).await });
    settle().await;
    sent
}

/// Until nothing happens any more but what time brings.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lone_append_is_committed_at_once_and_others_gather_behind_it() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let mut sent = Vec::new();
    for message in ["1", "2", "3"] {
        sent.push(send(&ingestor, append_of("acme", message)).await);
    }
    assert_eq!(store.begun(), [["acme 1"]]);
    store.commits.add_permits(1);
    settle().await;
    assert!(sent.remove(0).is_finished());
    assert!(!sent[0].is_finished());
    assert_eq!(store.begun()[1], ["acme 2", "acme 3"]);
    store.commits.add_permits(1);
    for sent in sent {
        let Ingested::Stored(ids) = sent.await.unwrap().unwrap() else {
            panic!("nothing was claimed");
        };
        assert_eq!(ids.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn clients_take_turns_and_a_flood_goes_no_faster_than_a_drop() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let big = "x".repeat(60 << 10);
    let mut sent = vec![send(&ingestor, append_of("flood", "first")).await];
    for _ in 0..30 {
        sent.push(send(&ingestor, append_of("flood", &big)).await);
    }
    sent.push(send(&ingestor, append_of("drop", "one")).await);
    store.commits.add_permits(1);
    settle().await;
    let second = &store.begun()[1];
    assert!(second.contains(&"drop one".to_owned()), "{second:?}");
    assert!(second.len() < 12, "{}", second.len());
    store.commits.add_permits(40);
    for sent in sent {
        sent.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn one_client_never_takes_all_commits() {
    let store = gated(3);
    let ingestor = Ingestor::new(store.clone());
    let mut sent = Vec::new();
    for _ in 0..500 {
        sent.push(send(&ingestor, append_of("flood", "many")).await);
    }
    assert_eq!(store.begun().len(), 2);
    sent.push(send(&ingestor, append_of("drop", "one")).await);
    assert_eq!(store.begun()[2], ["drop one"]);
    store.commits.add_permits(40);
    for sent in sent {
        sent.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn two_large_appends_begin_before_their_turn_and_small_ones_gather() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let large = "x".repeat(64 << 10);
    let mut sent = vec![send(&ingestor, append_of("drop", "first")).await];
    for message in [&*large, &large, &large] {
        sent.push(send(&ingestor, append_of("flood", message)).await);
    }
    for message in ["second", "third"] {
        sent.push(send(&ingestor, append_of("drop", message)).await);
    }
    // The store tells the beginning of each message.
    assert_eq!(
        store.begun(),
        [["drop first"], ["flood xxxxxxxx"], ["flood xxxxxxxx"]]
    );
    store.commits.add_permits(40);
    for sent in sent {
        sent.await.unwrap().unwrap();
    }
    assert!(
        store
            .begun()
            .contains(&vec!["drop second".to_owned(), "drop third".to_owned()])
    );
    assert_eq!(store.begun().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn commits_of_one_client_each_where_the_store_wants_it_so() {
    let mut store = gated(1);
    Arc::get_mut(&mut store).unwrap().style.one_client = true;
    let ingestor = Ingestor::new(store.clone());
    let mut sent = Vec::new();
    for client in ["a", "b", "c", "b", "c", "b"] {
        sent.push(send(&ingestor, append_of(client, "")).await);
    }
    store.commits.add_permits(10);
    for sent in sent {
        sent.await.unwrap().unwrap();
    }
    let begun = store.begun();
    assert_eq!(begun, [vec!["a "], vec!["b "; 3], vec!["c "; 2]]);
}

#[tokio::test(start_paused = true)]
async fn a_bad_append_does_not_fail_those_beside_it() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let mut sent = Vec::new();
    for message in ["first", "good", "bad", "fine"] {
        sent.push(send(&ingestor, append_of("acme", message)).await);
    }
    store.commits.add_permits(10);
    let mut answers = Vec::new();
    for sent in sent {
        answers.push(sent.await.unwrap());
    }
    let is_stored: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(is_stored, [true, true, false, true]);
    assert!(matches!(
        answers[2],
        Err(AppendError::Store(LogStoreError::Failed(_)))
    ));
    let page = store
        .page(&"acme".parse().unwrap(), &LogSearch::default())
        .await
        .unwrap();
    let messages: BTreeSet<_> = page
        .logs
        .into_iter()
        .filter_map(|log| log.message)
        .collect();
    assert_eq!(
        messages,
        ["fine", "first", "good"].map(str::to_owned).into()
    );
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_too_long_is_refused_and_never_stored() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let first = send(&ingestor, append_of("acme", "first")).await;
    let waiting = send(&ingestor, append_of("acme", "waiting")).await;
    tokio::time::advance(Duration::from_millis(4900)).await;
    settle().await;
    assert!(!waiting.is_finished());
    tokio::time::advance(Duration::from_millis(400)).await;
    assert!(matches!(waiting.await.unwrap(), Err(AppendError::Late)));
    // What is being committed is carried to its end.
    store.commits.add_permits(2);
    first.await.unwrap().unwrap();
    settle().await;
    assert_eq!(store.begun().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_and_keeps_room_for_others() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let big = "x".repeat(64 << 10);
    let many = |client: &str| {
        let one = append_of(client, &big);
        let entries = vec![one.entries[0].clone(); 100];
        Append { entries, ..one }
    };
    let mut sent = Vec::new();
    for _ in 0..12 {
        sent.push(send(&ingestor, many("flood")).await);
    }
    let refused = sent.iter().filter(|sent| sent.is_finished()).count();
    assert!((4..=8).contains(&refused), "{refused}");
    let other = send(&ingestor, many("other")).await;
    assert!(!other.is_finished());
    store.commits.add_permits(100);
    other.await.unwrap().unwrap();
    for sent in sent {
        let answer = sent.await.unwrap();
        assert!(
            matches!(answer, Ok(Ingested::Stored(_)) | Err(AppendError::Full)),
            "{answer:?}"
        );
    }
    // And all of the room is free again.
    send(&ingestor, many("flood")).await.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_append_goes_on_when_nobody_waits_for_it_any_more() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let gone = [
        send(&ingestor, append_of("acme", "1")).await,
        send(&ingestor, append_of("acme", "2")).await,
    ];
    for sent in gone {
        sent.abort();
    }
    store.commits.add_permits(2);
    settle().await;
    let page = store
        .page(&"acme".parse().unwrap(), &LogSearch::default())
        .await
        .unwrap();
    assert_eq!(page.logs.len(), 2);
}

/// Entries and success of each commit that it was told of.
#[derive(Default)]
struct Told(Mutex<Vec<(usize, bool)>>);

impl CommitSink for Told {
    fn record(&self, commit: &Commit<'_>) {
        let told = (commit.entries, commit.error.is_none());
        self.0.lock().unwrap().push(told);
    }
}

#[tokio::test(start_paused = true)]
async fn each_commit_is_told_also_those_that_are_tried_alone() {
    let (store, told) = (gated(1), Arc::new(Told::default()));
    let ingestor = Ingestor::recorded_by(told.clone(), store.clone());
    let mut sent = Vec::new();
    for message in ["first", "good", "bad"] {
        sent.push(send(&ingestor, append_of("acme", message)).await);
    }
    store.commits.add_permits(10);
    for sent in sent {
        // Also those that are not stored.
        let _ = sent.await.unwrap();
    }
    let told = told.0.lock().unwrap();
    assert_eq!(*told, [(1, true), (2, false), (1, true), (1, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_panics_harms_only_what_it_panics_at() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let mut sent = Vec::new();
    for message in ["first", "good", "panics", "fine"] {
        sent.push(send(&ingestor, append_of("acme", message)).await);
    }
    store.commits.add_permits(10);
    let mut is_stored = Vec::new();
    for sent in sent {
        is_stored.push(sent.await.unwrap().is_ok());
    }
    assert_eq!(is_stored, [true, true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn it_finishes_when_what_was_begun_is_committed_and_nobody_waits_for_it() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    for message in ["first", "second"] {
        send(&ingestor, append_of("acme", message)).await.abort();
    }
    let finishing = tokio::spawn({
        let ingestor = ingestor.clone();
        async move { ingestor.finish().await }
    });
    settle().await;
    store.commits.add_permits(1);
    settle().await;
    assert!(!finishing.is_finished(), "the second is under way");
    store.commits.add_permits(1);
    finishing.await.unwrap();
    assert_eq!(store.begun().len(), 2);
    ingestor.finish().await;
}

#[tokio::test(start_paused = true)]
async fn the_queue_tells_what_it_holds_and_what_it_did_not_take() {
    let store = gated(1);
    let ingestor = Ingestor::new(store.clone());
    let big = "x".repeat(64 << 10);
    let many = |client: &str| {
        let one = append_of(client, &big);
        let entries = vec![one.entries[0].clone(); 100];
        Append { entries, ..one }
    };
    let empty = ingestor.queue();
    assert_eq!((empty.entries, empty.bytes), (0, 0));
    let weight = many("flood").weight();
    let mut sent = Vec::new();
    for _ in 0..6 {
        sent.push(send(&ingestor, many("flood")).await);
    }
    let queue = ingestor.queue();
    // One client gets half of the room.
    assert_eq!(queue.refused, 1);
    assert_eq!((queue.entries, queue.bytes), (500, 5 * weight));
    assert_eq!(queue.capacity, empty.capacity);

    tokio::time::advance(Duration::from_millis(5300)).await;
    settle().await;
    // One was being committed, and two were encoded meanwhile.
    let queue = ingestor.queue();
    assert_eq!((queue.entries, queue.bytes), (300, 3 * weight));
    assert_eq!((queue.refused, queue.expired), (1, 2));
    store.commits.add_permits(3);
    for sent in sent.drain(..3) {
        sent.await.unwrap().unwrap();
    }
    settle().await;
    let queue = ingestor.queue();
    assert_eq!((queue.entries, queue.bytes), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_lends_no_places_keeps_nobody_waiting_for_another() {
    let mut store = gated(3);
    Arc::get_mut(&mut store).unwrap().lends = Semaphore::new(0);
    let ingestor = Ingestor::new(store.clone());
    let mut sent = Vec::new();
    for client in ["a", "b", "c"] {
        sent.push(send(&ingestor, append_of(client, "")).await);
    }
    // All of them have asked, and each is answered with what it was lent itself.
    assert_eq!(store.asked_to_lend.load(Ordering::Relaxed), 3);
    store.lends.add_permits(1);
    store.commits.add_permits(3);
    settle().await;
    assert_eq!(sent.iter().filter(|sent| sent.is_finished()).count(), 1);
    store.lends.add_permits(2);
    for sent in sent {
        sent.await.unwrap().unwrap();
    }
}
