//! Groups of appends, and requests that may be sent again.

use super::{NOON, RECEIVED, at, entry, new_client, turns::beside_a_reader};
use crate::{
    entries::LogEntry,
    idempotency::{BodyDigest, Claim, IdempotencyKey, Receipt},
    queries::LogSearch,
    store::{Append, Appended, LogStore, LogStoreError},
};
use central_logger_keys::ClientId;
use central_logger_times::Timestamp;
use serde_json::json;
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

/// Checks that the store stores the appends of several clients together.
pub async fn stores_the_appends_of_several_clients_together(store: &dyn LogStore) {
    let (acme, widget) = (new_client(), new_client());
    let event = json!({"environment": "e", "status": "s", "executed_at": NOON, "event_id": "one"});
    let group = [
        unclaimed(&widget, vec![entry(&widget, event.clone())]),
        unclaimed(&acme, vec![entry(&acme, at(NOON)), entry(&acme, at(NOON))]),
        unclaimed(&acme, vec![entry(&acme, event.clone())]),
        unclaimed(&widget, vec![entry(&widget, event)]),
    ];
    let appended = store.append_group(Arc::new(group)).await.unwrap();
    assert_eq!(appended, [Appended::Stored; 4]);
    for (client, count) in [(&acme, 3), (&widget, 1)] {
        assert_eq!(count_of(store, client).await, count);
    }
}

/// Checks that the store carries out a claimed append once.
pub async fn carries_out_a_claimed_append_once(store: &dyn LogStore) {
    let client = new_client();
    let first = claimed(&client, "once", RECEIVED);
    assert_eq!(
        store
            .receipt(&client, &key("once"), RECEIVED)
            .await
            .unwrap(),
        None
    );
    assert_eq!(append(store, &first).await, Appended::Stored);

    let later = RECEIVED + Duration::hours(23);
    assert_eq!(
        append(store, &claimed(&client, "once", later)).await,
        Appended::Repeated
    );
    assert_eq!(
        append(store, &claimed(&client, "other", later)).await,
        Appended::Stored
    );
    assert_eq!(count_of(store, &client).await, 4);
    let receipt = store.receipt(&client, &key("once"), later).await.unwrap();
    let expected = Receipt {
        received_at: RECEIVED,
        ids: first.ids(),
        body: BodyDigest::of(b"a body"),
    };
    assert_eq!(receipt, Some(expected));
}

/// Checks that the store tells equal claims of a group and of clients apart.
pub async fn tells_equal_claims_of_a_group_and_of_clients_apart(store: &dyn LogStore) {
    let (acme, widget) = (new_client(), new_client());
    let group = [
        claimed(&acme, "same", RECEIVED),
        claimed(&widget, "same", RECEIVED),
        unclaimed(&acme, vec![entry(&acme, at(NOON))]),
        claimed(&acme, "same", RECEIVED),
    ];
    let first = group[0].ids();
    let appended = store.append_group(Arc::new(group)).await.unwrap();
    use Appended::{Repeated, Stored};
    assert_eq!(appended, [Stored, Stored, Stored, Repeated]);
    assert_eq!(count_of(store, &acme).await, 3);
    assert_eq!(count_of(store, &widget).await, 2);
    let receipt = store.receipt(&acme, &key("same"), RECEIVED).await.unwrap();
    assert_eq!(receipt.unwrap().ids, first);
    let stranger = new_client();
    assert_eq!(
        store
            .receipt(&stranger, &key("same"), RECEIVED)
            .await
            .unwrap(),
        None
    );
}

/// Checks that the store claims a name without entries, each once.
pub async fn claims_a_name_without_entries(store: &dyn LogStore) {
    let client = new_client();
    let only_claimed = |name: &str, received_at| Append {
        entries: Vec::new(),
        ..claimed(&client, name, received_at)
    };
    let later = RECEIVED + Duration::hours(23);
    let group = ["one", "other", "one"].map(|name| only_claimed(name, RECEIVED));
    use Appended::{Repeated, Stored};
    let appended = store.append_group(Arc::new(group)).await.unwrap();
    assert_eq!(appended, [Stored, Stored, Repeated]);
    let group = ["new", "other"].map(|name| only_claimed(name, later));
    let appended = store.append_group(Arc::new(group)).await.unwrap();
    assert_eq!(appended, [Stored, Repeated]);
    for (name, at) in [("one", RECEIVED), ("other", RECEIVED), ("new", later)] {
        let receipt = store.receipt(&client, &key(name), later).await.unwrap();
        let receipt = receipt.unwrap();
        assert_eq!((receipt.received_at, receipt.ids), (at, Vec::new()));
    }
    assert_eq!(count_of(store, &client).await, 0);
}

/// Checks that the store refuses times that could not be stored, or not be read again, with all that is in
/// the same group.
pub async fn refuses_times_that_are_no_timestamps(store: &dyn LogStore) {
    let client = new_client();
    let received = |received_at| Append {
        received_at,
        ..unclaimed(&client, vec![entry(&client, at(NOON))])
    };
    let last = Timestamp::MAX.get();
    let of_no_year = [
        datetime!(9999-12-31 23:59:59 -12:00),
        datetime!(9999-12-31 23:59:59.9999 UTC),
        datetime!(1969-12-31 23:59:59 UTC),
    ];
    // That which is remembered beyond the last time would be so without an end.
    let remembered = claimed(&client, "beyond", last);
    for append in of_no_year.map(received).into_iter().chain([remembered]) {
        let time = append.received_at;
        let refused = store.append_group(Arc::new([received(RECEIVED), append]));
        let refused = refused.await;
        assert!(
            matches!(refused, Err(LogStoreError::Failed(_))),
            "{time}: {refused:?}"
        );
    }
    assert_eq!(count_of(store, &client).await, 0);
    assert_eq!(append(store, &received(last)).await, Appended::Stored);
    let page = store.page(&client, &LogSearch::default()).await.unwrap();
    let times: Vec<_> = page.logs.iter().map(|log| log.received_at).collect();
    assert_eq!(times, [last]);
}

/// Checks that the store takes claims of others and remembers them while one client reads all it can.
pub async fn remembers_for_others_while_one_client_reads_all_it_can(store: &dyn LogStore) {
    let other = new_client();
    beside_a_reader(store, async {
        for name in ["one", "two", "three"] {
            let first = claimed(&other, name, RECEIVED);
            assert_eq!(append(store, &first).await, Appended::Stored);
            let again = claimed(&other, name, RECEIVED);
            assert_eq!(append(store, &again).await, Appended::Repeated);
            let held = store.receipt(&other, &key(name), RECEIVED).await;
            assert_eq!(held.unwrap().unwrap().ids, first.ids());
        }
    })
    .await;
}

/// Checks that the store deletes a claim when its time is over.
pub async fn deletes_a_claim_when_its_time_is_over(store: &dyn LogStore) {
    let client = new_client();
    // Earlier than all others here, so that only this is due.
    let begin = RECEIVED - Duration::days(1000);
    append(store, &claimed(&client, "brief", begin)).await;
    append(store, &claimed(&client, "due", begin)).await;
    let over = begin + Claim::REMEMBERED;
    assert_eq!(
        store.receipt(&client, &key("brief"), over).await.unwrap(),
        None
    );
    assert_eq!(
        append(store, &claimed(&client, "brief", over)).await,
        Appended::Stored
    );
    assert_eq!(count_of(store, &client).await, 6);
    let mut shorter = claimed(&client, "shorter", over - Duration::HOUR);
    if let Some(claim) = &mut shorter.claim {
        claim.remembered = Duration::HOUR;
    }
    append(store, &shorter).await;
    let almost = over - Duration::SECOND;
    let held = store.receipt(&client, &key("shorter"), almost).await;
    assert!(held.unwrap().is_some());
    let held = store.receipt(&client, &key("shorter"), over).await;
    assert_eq!(held.unwrap(), None);

    assert_eq!(store.delete_expired_claims(over).await.unwrap(), 2);
    assert_eq!(store.delete_expired_claims(over).await.unwrap(), 0);
    let kept = store.receipt(&client, &key("brief"), over).await.unwrap();
    assert_eq!(kept.unwrap().received_at, over);
    assert_eq!(
        store
            .delete_expired_claims(over + Claim::REMEMBERED)
            .await
            .unwrap(),
        1
    );
}

fn unclaimed(client: &ClientId, entries: Vec<LogEntry>) -> Append {
    Append {
        client: client.clone(),
        received_at: RECEIVED,
        entries,
        claim: None,
    }
}

/// Two new entries.
fn claimed(client: &ClientId, name: &str, received_at: OffsetDateTime) -> Append {
    let claim = Claim {
        key: key(name),
        body: BodyDigest::of(b"a body"),
        remembered: Claim::REMEMBERED,
    };
    Append {
        received_at,
        claim: Some(claim),
        ..unclaimed(
            client,
            vec![entry(client, at(NOON)), entry(client, at(NOON))],
        )
    }
}

fn key(name: &str) -> IdempotencyKey {
    name.parse().unwrap()
}

async fn append(store: &dyn LogStore, append: &Append) -> Appended {
    let group = Arc::new([append.clone()]);
    store.append_group(group).await.unwrap()[0]
}

async fn count_of(store: &dyn LogStore, client: &ClientId) -> usize {
    let page = store.page(client, &LogSearch::default()).await.unwrap();
    page.logs.len()
}
