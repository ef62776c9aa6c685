//! What every store of workflows must do, as single checks.
//!
//! Names of clients are new in each check, so that all checks may run at the same time against one store.
//!
//! [`workflow_store_checks!`](crate::workflow_store_checks) turns the checks into tests. It takes the path of an
//! `async fn` that opens the store for one test. It returns the store, and a guard that is dropped after the
//! test, such as a temporary directory, or `()`.
//!
//! # Panics
//! Each check panics if the store violates the contract of [`WorkflowStore`].
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::{Content, Document, DocumentKind, Listing, WorkflowStore, Write};
use central_logger_keys::ClientId;
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// Makes a test of each check.
#[macro_export]
macro_rules! workflow_store_checks {
    ($open:expr) => {
        $crate::__workflow_tests! { ($open)
            keeps_documents_of_clients_and_kinds_apart,
            commits_all_or_nothing,
            refuses_a_change_of_what_has_changed,
            lists_in_the_order_of_keys_both_ways,
            finds_several_at_once,
            finds_what_is_due,
            names_the_clients_of_a_kind,
            finds_whose_a_status_link_is,
            forgets_a_client,
            lets_one_follower_note,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __workflow_tests {
    (($open:expr) $($check:ident,)+) => {
        mod workflows {
            use super::*;
            $(
                #[tokio::test]
                async fn $check() {
                    let (store, _guard) = $open().await;
                    let store: std::sync::Arc<dyn $crate::WorkflowStore> = std::sync::Arc::new(store);
                    $crate::conformance::$check(&store).await;
                }
            )+
        }
    };
}

type Store = Arc<dyn WorkflowStore>;

const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

fn new_client() -> ClientId {
    format!("c{}", Uuid::new_v4().simple()).parse().unwrap()
}

fn new(kind: DocumentKind, key: &str, body: &str) -> Write {
    Write::put(kind, key.to_owned(), None, Content::of(body.to_owned()))
}

fn due(kind: DocumentKind, key: &str, due_at: OffsetDateTime) -> Write {
    let content = Content {
        body: "{}".to_owned(),
        due_at: Some(due_at),
    };
    Write::put(kind, key.to_owned(), None, content)
}

async fn commit(store: &Store, client: &ClientId, writes: &[Write]) {
    assert!(store.commit(client, writes).await.unwrap());
}

async fn find(store: &Store, client: &ClientId, kind: DocumentKind, key: &str) -> Option<Document> {
    store.find(client, kind, key).await.unwrap()
}

async fn keys(store: &Store, client: &ClientId, listing: Listing) -> Vec<String> {
    let documents = store.list(client, DocumentKind::State, &listing).await;
    documents
        .unwrap()
        .into_iter()
        .map(|found| found.key)
        .collect()
}

/// Checks that the store keeps documents of clients and kinds apart.
pub async fn keeps_documents_of_clients_and_kinds_apart(store: &Store) {
    let (client, other) = (new_client(), new_client());
    for kind in DocumentKind::ALL {
        assert_eq!(find(store, &client, kind, "k").await, None);
        commit(store, &client, &[new(kind, "k", kind.as_str())]).await;
        assert_eq!(
            find(store, &client, kind, "k").await.unwrap().body,
            kind.as_str()
        );
        assert_eq!(find(store, &other, kind, "k").await, None);
        assert_eq!(find(store, &client, kind, "K").await, None);
        assert_eq!(store.count(&client, kind).await.unwrap(), 1);
        assert_eq!(store.count(&other, kind).await.unwrap(), 0);
        assert_eq!(
            store.list(&other, kind, &Listing::first(9)).await.unwrap(),
            []
        );
    }
}

/// Checks that the store commits all or nothing.
pub async fn commits_all_or_nothing(store: &Store) {
    let client = new_client();
    let (state, place) = (DocumentKind::State, DocumentKind::Place);
    commit(
        store,
        &client,
        &[new(state, "a", "1"), new(place, "", "p1")],
    )
    .await;
    let read = find(store, &client, place, "").await.unwrap();
    let move_on = |to: &str| {
        Write::put(
            place,
            String::new(),
            Some(&read),
            Content::of(to.to_owned()),
        )
    };
    let both = [new(state, "b", "1"), new(state, "a", "2"), move_on("p2")];
    assert!(
        !store.commit(&client, &both).await.unwrap(),
        "there is an a"
    );
    assert_eq!(find(store, &client, state, "b").await, None);
    assert_eq!(find(store, &client, place, "").await.unwrap().body, "p1");
    commit(store, &client, &[new(state, "b", "1"), move_on("p2")]).await;
    assert_eq!(find(store, &client, place, "").await.unwrap().body, "p2");
    assert!(
        !store
            .commit(&client, &[new(state, "c", "1"), move_on("p3")])
            .await
            .unwrap()
    );
    assert_eq!(find(store, &client, state, "c").await, None);
    // Of many, one that is not as it was read.
    let many = (0..100).map(|number| new(state, &format!("many-{number:02}"), "1"));
    let mut many: Vec<_> = many.collect();
    let stale = move_on("p3");
    many.insert(50, stale);
    assert!(!store.commit(&client, &many).await.unwrap());
    assert_eq!(find(store, &client, state, "many-00").await, None);
    many.remove(50);
    commit(store, &client, &many).await;
    assert_eq!(store.count(&client, state).await.unwrap(), 102);
}

/// Checks that the store refuses a change of what has changed.
pub async fn refuses_a_change_of_what_has_changed(store: &Store) {
    let (client, kind) = (new_client(), DocumentKind::Monitor);
    commit(store, &client, &[new(kind, "k", "1")]).await;
    let read = find(store, &client, kind, "k").await.unwrap();
    let change = |body: &str| {
        [Write::put(
            kind,
            "k".to_owned(),
            Some(&read),
            Content::of(body.to_owned()),
        )]
    };
    commit(store, &client, &change("2")).await;
    assert!(!store.commit(&client, &change("3")).await.unwrap());
    assert!(
        !store
            .commit(&client, &[Write::delete(kind, &read)])
            .await
            .unwrap()
    );
    let before = read;
    let read = find(store, &client, kind, "k").await.unwrap();
    assert_eq!((&*read.body, read.revision), ("2", before.revision + 1));
    commit(store, &client, &[Write::delete(kind, &read)]).await;
    assert_eq!(find(store, &client, kind, "k").await, None);
    assert!(
        !store
            .commit(&client, &[Write::delete(kind, &read)])
            .await
            .unwrap()
    );
    // Of many at once, one.
    let mut made = 0;
    let attempts = (0..8).map(|n| {
        let (store, client) = (Arc::clone(store), client.clone());
        tokio::spawn(async move {
            store
                .commit(&client, &[new(kind, "k", &n.to_string())])
                .await
        })
    });
    for attempt in attempts.collect::<Vec<_>>() {
        made += usize::from(attempt.await.unwrap().unwrap());
    }
    assert_eq!(made, 1);
}

/// Checks that the store lists in the order of keys, both ways.
pub async fn lists_in_the_order_of_keys_both_ways(store: &Store) {
    let client = new_client();
    // By their bytes, in whatever language the database sorts.
    let sorted = [
        "",
        "A",
        "B",
        "[\"e\",\"w\"]",
        "_",
        "a",
        "b",
        "ä",
        "\u{10000}",
    ];
    for key in sorted.iter().rev() {
        commit(store, &client, &[new(DocumentKind::State, key, "{}")]).await;
    }
    assert_eq!(keys(store, &client, Listing::first(99)).await, sorted);
    let mut found = Vec::new();
    loop {
        let listing = Listing::last(2).after(found.last().cloned());
        let page = keys(store, &client, listing).await;
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    found.reverse();
    assert_eq!(found, sorted);
}

/// Checks that the store finds several documents at once, and no others.
pub async fn finds_several_at_once(store: &Store) {
    use DocumentKind::{Monitor, Recent, State};
    let (client, other) = (new_client(), new_client());
    for key in ["a", "b", "c"] {
        commit(store, &client, &[new(Monitor, key, key)]).await;
        commit(store, &other, &[new(Monitor, key, "another's")]).await;
    }
    commit(store, &client, &[new(State, "a", "state")]).await;
    commit(store, &client, &[new(State, "d", "{}")]).await;
    let keys = ["c", "d", "a", "A"].map(str::to_owned);
    let document = |kind, key: &str, body: &str| (kind, key.to_owned(), body.to_owned());
    let monitors = [document(Monitor, "a", "a"), document(Monitor, "c", "c")];
    assert_eq!(find_many(store, &client, &[Monitor], &keys).await, monitors);
    let states = [document(State, "a", "state"), document(State, "d", "{}")];
    let both = [states, monitors].concat();
    assert_eq!(
        find_many(store, &client, &[Monitor, Recent, State], &keys).await,
        both
    );
    assert_eq!(find_many(store, &client, &[Monitor], &[]).await, []);
    assert_eq!(find_many(store, &client, &[], &keys).await, []);
}

async fn find_many(
    store: &Store,
    client: &ClientId,
    kinds: &[DocumentKind],
    keys: &[String],
) -> Vec<(DocumentKind, String, String)> {
    let found = store.find_many(client, kinds, keys).await.unwrap();
    let found = found.into_iter();
    let mut found: Vec<_> = found
        .map(|(kind, found)| (kind, found.key, found.body))
        .collect();
    found.sort();
    found
}

/// Checks that the store finds what is due.
pub async fn finds_what_is_due(store: &Store) {
    let (client, other) = (new_client(), new_client());
    let (kind, long_ago) = (DocumentKind::Channel, datetime!(1980-01-01 0:00 UTC));
    let writes = [
        due(kind, "second", long_ago + Duration::SECOND),
        due(kind, "later", NOON + Duration::DAY),
        due(DocumentKind::Monitor, "other kind", long_ago),
        new(kind, "never", "{}"),
    ];
    commit(store, &client, &writes).await;
    commit(store, &other, &[due(kind, "first", long_ago)]).await;
    let found = store.due(kind, NOON, 1000).await.unwrap();
    let found: Vec<_> = found
        .into_iter()
        .filter(|(of, _)| *of == client || *of == other)
        .collect();
    let expected = [(&other, "first"), (&client, "second")];
    assert_eq!(
        found,
        expected.map(|(client, key)| (client.clone(), key.to_owned()))
    );
    assert_eq!(store.due(kind, NOON, 1).await.unwrap().len(), 1);
}

/// Checks that the store names the clients of a kind.
pub async fn names_the_clients_of_a_kind(store: &Store) {
    let mut clients = [new_client(), new_client()];
    clients.sort();
    for client in &clients {
        let documents = [
            new(DocumentKind::Place, "a", ""),
            new(DocumentKind::Place, "b", ""),
        ];
        commit(store, client, &documents).await;
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .clients(DocumentKind::Place, after.as_ref(), 3)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        found.extend(page.into_iter().filter(|client| clients.contains(client)));
    }
    assert_eq!(found, clients);
}

/// Checks that the store finds the client of a status link, and of nothing else.
pub async fn finds_whose_a_status_link_is(store: &Store) {
    let (client, other) = (new_client(), new_client());
    let [key, elsewhere] = [(); 2].map(|()| Uuid::new_v4().simple().to_string());
    commit(store, &client, &[new(DocumentKind::StatusLink, &key, "{}")]).await;
    commit(store, &other, &[new(DocumentKind::State, &elsewhere, "{}")]).await;
    let owner = async |key: &str| store.owner_of_link(key).await.unwrap();
    assert_eq!(owner(&key).await, Some(client.clone()));
    assert_eq!(owner(&elsewhere).await, None);
    store.forget(&client).await.unwrap();
    assert_eq!(owner(&key).await, None);
}

/// Checks that the store forgets all of a client, and takes nothing more that was read before.
pub async fn forgets_a_client(store: &Store) {
    let (client, other) = (new_client(), new_client());
    for client in [&client, &other] {
        let documents = DocumentKind::ALL.map(|kind| new(kind, "k", "{}"));
        commit(store, client, &documents).await;
    }
    let place = find(store, &client, DocumentKind::Place, "k").await;
    store.forget(&client).await.unwrap();
    for kind in DocumentKind::ALL {
        let stays = kind == DocumentKind::Mapping;
        assert_eq!(find(store, &client, kind, "k").await.is_some(), stays);
        assert!(find(store, &other, kind, "k").await.is_some());
    }
    let content = Content::of("{}".to_owned());
    let late = Write::put(DocumentKind::Place, "k".to_owned(), place.as_ref(), content);
    let writes = [new(DocumentKind::State, "k", "{}"), late];
    assert!(!store.commit(&client, &writes).await.unwrap());
    assert_eq!(find(store, &client, DocumentKind::State, "k").await, None);
}

/// Checks that the store lets one follower note.
pub async fn lets_one_follower_note(store: &Store) {
    let read = store.follower().await.unwrap();
    let expected = read.map(|read| read.revision);
    assert!(store.set_follower(expected, "mine").await.unwrap());
    assert!(!store.set_follower(expected, "another's").await.unwrap());
    let read = store.follower().await.unwrap().unwrap();
    assert_eq!(read.body, "mine");
    assert!(
        store
            .set_follower(Some(read.revision), "mine again")
            .await
            .unwrap()
    );
}
