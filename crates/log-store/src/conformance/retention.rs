//! Deleting logs.

use super::{NOON, RECEIVED, append, at, entry, new_client};
use crate::{
    entries::{LogEntry, StoredLog},
    idempotency::{BodyDigest, Claim, IdempotencyKey},
    queries::{LogQuery, Order},
    retention::{kept_from, prune, purge},
    store::{Append, LogPruner, LogStore},
    submission::Submission,
};
use central_logger_keys::ClientId;
use std::{collections::BTreeSet, sync::Arc};
use time::{Duration, OffsetDateTime, macros::datetime};

/// Checks that the store deletes what lies below an id and nothing else.
pub async fn deletes_what_lies_below_an_id_and_nothing_else(store: &(impl LogStore + LogPruner)) {
    let (client, other) = (new_client(), new_client());
    let times = [
        "1970-01-01T00:00:00Z",
        "2026-03-01T11:59:59.999Z",
        NOON,
        "2026-03-01T12:00:00.001Z",
    ];
    for time in times {
        append(store, &client, at(time)).await;
        append(store, &other, at(time)).await;
    }
    let noon = datetime!(2026-03-01 12:00 UTC);
    let noon = kept_from(noon, Duration::ZERO);
    let mut deleted = 0;
    loop {
        match store.delete(&client, Some(noon)).await.unwrap() {
            0 => break,
            count => deleted += count,
        }
    }
    assert_eq!(deleted, 2);
    assert_eq!(times_of(store, &client).await, times[2..]);
    assert_eq!(times_of(store, &other).await, times);
    let stranger = new_client();
    assert_eq!(store.delete(&stranger, None).await.unwrap(), 0);
}

/// Checks that the store deletes many in batches.
pub async fn deletes_many_in_batches(store: &(impl LogStore + LogPruner)) {
    let client = new_client();
    let entries: Vec<_> = (0..2500).map(|_| entry(&client, at(NOON))).collect();
    // So few at a time that most stores keep them one by one.
    for few in entries.chunks(50) {
        store.append(&client, RECEIVED, few).await.unwrap();
    }
    let mut ids: BTreeSet<_> = entries.iter().map(LogEntry::id).collect();
    while !ids.is_empty() {
        let removed = store.delete(&client, None).await.unwrap();
        assert!((1..=1000).contains(&removed), "{removed}");
        ids = ids.into_iter().skip(removed).collect();
        let first = ids.first().copied();
        let left = left_of(store, &client).await;
        assert_eq!(left.first().map(|log| log.id), first, "the earliest first");
    }
    assert_eq!(store.delete(&client, None).await.unwrap(), 0);
}

/// Checks that the store names the clients of whom entries came.
pub async fn names_the_clients_of_whom_entries_came(store: &(impl LogStore + LogPruner)) {
    let (first, second, third) = (new_client(), new_client(), new_client());
    append(store, &first, at(NOON)).await;
    let mut position = store.position().await.unwrap();
    let mut came = async || {
        let (clients, reached) = store.clients_since(&position).await.unwrap();
        position = reached;
        let own = clients.into_iter();
        let own = own.filter(|client| [&first, &second, &third].contains(&client));
        own.collect::<Vec<_>>()
    };
    assert_eq!(came().await, []);
    append(store, &second, at(NOON)).await;
    append(store, &second, at("1970-01-01T00:00:00Z")).await;
    assert_eq!(came().await, std::slice::from_ref(&second));
    assert_eq!(came().await, []);
    append(store, &third, at(NOON)).await;
    append(store, &first, at(NOON)).await;
    let clients: BTreeSet<_> = came().await.into_iter().collect();
    assert_eq!(clients, [first.clone(), third.clone()].into());
}

/// Checks that the store goes through all clients once.
pub async fn goes_through_all_clients_once(store: &(impl LogStore + LogPruner)) {
    let mut clients: BTreeSet<_> = (0..3).map(|_| new_client()).collect();
    clients.insert(format!("{}-a", new_client()).parse().unwrap());
    clients.insert(format!("{}_b", new_client()).parse().unwrap());
    for client in &clients {
        append(store, client, at(NOON)).await;
        append(store, client, at("2025-03-01T12:00:00Z")).await;
    }
    let gone = new_client();
    append(store, &gone, at(NOON)).await;
    store.delete(&gone, None).await.unwrap();

    let mut seen = BTreeSet::new();
    let mut reached = None;
    while let Some(client) = store.next_client(reached.as_ref()).await.unwrap() {
        assert!(seen.insert(client.clone()), "{client} comes twice");
        reached = Some(client);
    }
    assert!(seen.is_superset(&clients));
    assert!(!seen.contains(&gone), "a client without logs is none");
}

/// Checks that the store prunes each client by its own term.
pub async fn prunes_each_client_by_its_own_term(store: &(impl LogStore + LogPruner)) {
    let (brief, long, endless) = (new_client(), new_client(), new_client());
    let times = [
        "2025-03-01T12:00:00Z",
        "2026-02-01T12:00:00Z",
        "2026-03-01T00:00:00Z",
    ];
    for client in [&brief, &long, &endless] {
        for time in times {
            append(store, client, at(time)).await;
        }
    }
    let removed = prune(store, |client| match client {
        client if *client == brief => Some(kept_from(RECEIVED, Duration::DAY)),
        client if *client == long => Some(kept_from(RECEIVED, Duration::days(90))),
        _ => None,
    });
    assert_eq!(removed.await.unwrap(), 3);
    assert_eq!(times_of(store, &brief).await, times[2..]);
    assert_eq!(times_of(store, &long).await, times[1..]);
    assert_eq!(times_of(store, &endless).await, times);
}

/// Checks that the store lets several delete at once.
pub async fn lets_several_delete_at_once(store: &(impl LogStore + LogPruner)) {
    let client = new_client();
    let old: Vec<_> = (0..3500)
        .map(|_| entry(&client, at("2025-03-01T12:00:00Z")))
        .collect();
    store.append(&client, RECEIVED, &old).await.unwrap();
    let appending = async {
        for _ in 0..20 {
            append(store, &client, at(NOON)).await;
        }
    };
    let from = kept_from(RECEIVED, Duration::days(90));
    let pruning = || prune(store, |of| (*of == client).then_some(from));
    // Each goes on until nothing is left, whatever the others do.
    let removing = async {
        let removed = pruning().await.unwrap();
        let left = left_of(store, &client).await;
        assert!(left.iter().all(|log| log.id >= from));
        removed
    };
    let ((), one, another, third) = tokio::join!(appending, removing, pruning(), pruning());
    assert_eq!(one + another.unwrap() + third.unwrap(), 3500);
    assert_eq!(left_of(store, &client).await.len(), 20);
}

/// Checks that the store purges all of one client.
pub async fn purges_all_of_one_client(store: &(impl LogStore + LogPruner)) {
    let (client, other) = (new_client(), new_client());
    let key: IdempotencyKey = "once".parse().unwrap();
    for client in [&client, &other] {
        let claim = Claim {
            key: key.clone(),
            body: BodyDigest::of(b"a body"),
            remembered: Claim::REMEMBERED,
        };
        let claimed = Append {
            client: client.clone(),
            received_at: RECEIVED,
            entries: vec![entry(client, at(NOON)), entry(client, at(NOON))],
            claim: Some(claim),
        };
        store.append_group(Arc::new([claimed])).await.unwrap();
        append(store, client, at("1970-01-01T00:00:00Z")).await;
    }
    assert_eq!(purge(store, &client).await.unwrap(), 3);
    assert_eq!(purge(store, &client).await.unwrap(), 0);
    assert!(left_of(store, &client).await.is_empty());
    let receipt = async |client| store.receipt(client, &key, RECEIVED).await.unwrap();
    assert_eq!(receipt(&client).await, None);
    assert_eq!(left_of(store, &other).await.len(), 3);
    assert!(receipt(&other).await.is_some());
    // It is no client's end.
    append(store, &client, at(NOON)).await;
    assert_eq!(left_of(store, &client).await.len(), 1);
}

/// Checks that the store keeps what months have not ended.
pub async fn keeps_what_months_have_not_ended(store: &(impl LogStore + LogPruner)) {
    let client = new_client();
    let now = OffsetDateTime::now_utc();
    store.maintain_partitions(now, None).await.unwrap();
    let last_month = now - Duration::days(31);
    let times = [
        at(NOON),
        at(&rfc3339(last_month)),
        at(&rfc3339(now)),
        at(&rfc3339(now + Duration::days(62))),
    ];
    for time in &times {
        // The clock of these checks does not reach so far.
        let body = time.to_string();
        let now = now + Duration::days(62);
        let Ok(Submission::One(entry)) = Submission::parse(body.as_bytes(), &client, now) else {
            panic!("it is an entry");
        };
        store.append(&client, now, &[entry]).await.unwrap();
    }
    assert_eq!(left_of(store, &client).await.len(), 4);
    // Of what has ended, a store may leave something for `delete`.
    let ended = kept_from(last_month, Duration::ZERO);
    store.maintain_partitions(now, Some(ended)).await.unwrap();
    store.maintain_partitions(now, Some(ended)).await.unwrap();
    while store.delete(&client, Some(ended)).await.unwrap() > 0 {}
    assert_eq!(left_of(store, &client).await.len(), 3);
}

fn rfc3339(time: OffsetDateTime) -> String {
    let rfc3339 = time::format_description::well_known::Rfc3339;
    time.format(&rfc3339).unwrap()
}

async fn left_of(store: &dyn LogStore, client: &ClientId) -> Vec<StoredLog> {
    let all = LogQuery {
        order: Order::Asc,
        limit: LogQuery::MAX_LIMIT,
        ..LogQuery::default()
    };
    store.page(client, &all.into()).await.unwrap().logs
}

async fn times_of(store: &dyn LogStore, client: &ClientId) -> Vec<String> {
    let left = left_of(store, client).await.into_iter();
    left.map(|log| log.executed_at).collect()
}
