//! Counts of what is done with keys.

use super::{CREATED, new_client};
use crate::{Usage, UsageBatch, UsageCounts, UsagePer, UsageQuery, UsageSlot, UsageStore};
use central_logger_keys::{ClientId, KeyId, RefusalReason};
use central_logger_times::Timestamp;
use std::time::Duration;
use time::OffsetDateTime;

const HOUR: time::Duration = time::Duration::HOUR;

/// Checks that counts of one slot are added up, and those of several hours and refusals are told together.
pub async fn adds_up_what_was_counted(store: &dyn UsageStore) {
    let (client, hour) = (new_client(), UsageSlot::hour_of(CREATED));
    let id = KeyId::generate().unwrap();
    let good = |hour| slot(hour, &client, &id, None);
    let bad = |hour, reason| slot(hour, &client, &id, Some(reason));
    let first = counts(CREATED, &["192.0.2.0/24", "2001:db8::/48"]);
    let second = counts(CREATED + HOUR, &["192.0.2.0/24", "198.51.100.0/24"]);
    let expired = counts(CREATED + 2 * HOUR, &["203.0.113.0/24"]);
    add(store, [(good(hour), first.clone())]).await;
    add(
        store,
        [
            (good(hour), first),
            (good(hour + HOUR), second),
            (
                bad(hour + 2 * HOUR, RefusalReason::Expired),
                expired.clone(),
            ),
            (bad(hour, RefusalReason::Expired), expired.clone()),
            (bad(hour, RefusalReason::Rate), expired),
        ],
    )
    .await;

    let all = Usage {
        client_id: Some(client.clone()),
        key_id: Some(id.clone()),
        requests: 9,
        refused: [("expired".to_owned(), 6), ("rate".to_owned(), 3)].into(),
        entries: 21,
        bytes: 3 * (1 << 40),
        latency: Duration::from_micros(4503),
        networks: 3,
        last_at: CREATED + 2 * HOUR,
    };
    assert_eq!(
        of_client(store, &client, CREATED).await,
        std::slice::from_ref(&all)
    );
    let second = Usage {
        requests: 3,
        refused: [("expired".to_owned(), 3)].into(),
        entries: 7,
        bytes: 1 << 40,
        latency: Duration::from_micros(1501),
        networks: 2,
        ..all
    };
    let later = of_client(store, &client, CREATED + HOUR).await;
    assert_eq!(later, [second]);
    assert_eq!(of_client(store, &client, CREATED + 3 * HOUR).await, []);
}

/// Checks that the keys of a client are added up when asked for by client.
pub async fn adds_up_the_keys_of_a_client(store: &dyn UsageStore) {
    let (client, hour) = (new_client(), UsageSlot::hour_of(CREATED));
    let [one, other] = [KeyId::generate().unwrap(), KeyId::generate().unwrap()];
    let home = counts(CREATED, &["192.0.2.0/24"]);
    let both = counts(CREATED, &["192.0.2.0/24", "198.51.100.0/24"]);
    let used = [(&one, home), (&other, both)];
    let used = used.map(|(id, counts)| (slot(hour, &client, id, None), counts));
    add(store, used).await;
    let query = UsageQuery {
        per: UsagePer::Client,
        ..per_key(Some(&client), CREATED)
    };
    let [usage] = store.usage(&query).await.unwrap().try_into().unwrap();
    assert_eq!((usage.client_id, usage.key_id), (Some(client), None));
    assert_eq!((usage.requests, usage.entries, usage.networks), (6, 14, 2));
}

/// Checks that counts of keys with one id and several clients, as static keys can have, are kept apart.
pub async fn keeps_clients_apart_whose_keys_are_called_the_same(store: &dyn UsageStore) {
    let hour = UsageSlot::hour_of(CREATED);
    let (id, clients) = (KeyId::generate().unwrap(), [new_client(), new_client()]);
    let used = clients.each_ref().map(|client| {
        let slot = slot(hour, client, &id, None);
        (slot, counts(CREATED, &[]))
    });
    add(store, used).await;
    for client in clients {
        let [usage] = of_client(store, &client, CREATED).await.try_into().unwrap();
        assert_eq!((usage.client_id, usage.requests), (Some(client), 3));
    }
}

/// Checks that of each slot a bounded number of networks is kept, and all requests are counted.
pub async fn keeps_a_bounded_number_of_networks(store: &dyn UsageStore) {
    let (client, hour) = (new_client(), UsageSlot::hour_of(CREATED));
    let id = KeyId::generate().unwrap();
    for number in 0..UsageCounts::MAX_NETWORKS + 5 {
        let network = format!("10.0.{number}.0/24");
        let from_there = counts(CREATED, &[&network]);
        add(store, [(slot(hour, &client, &id, None), from_there)]).await;
    }
    let usage = of_client(store, &client, CREATED).await;
    let most = UsageCounts::MAX_NETWORKS as u64;
    assert_eq!(
        (usage[0].networks, usage[0].requests),
        (most, 3 * (most + 5))
    );
}

/// Checks that a client is shown nothing of others, and that what belongs to no known key comes first.
pub async fn shows_a_client_its_own_usage(store: &dyn UsageStore) {
    let hour = UsageSlot::hour_of(CREATED);
    let everybody = per_key(None, CREATED);
    let of_nobody = |usage: &[Usage]| {
        let found = usage.iter().find(|usage| usage.client_id.is_none());
        found.map_or(0, |usage| usage.refused["unknown"])
    };
    let before = of_nobody(&store.usage(&everybody).await.unwrap());
    let [mine, theirs] = [new_client(), new_client()];
    let [my_id, their_id] = [KeyId::generate().unwrap(), KeyId::generate().unwrap()];
    let keyless = UsageSlot {
        hour,
        client_id: None,
        key_id: None,
        refusal: Some(RefusalReason::Unknown),
    };
    let slots = [
        slot(hour, &mine, &my_id, None),
        slot(hour, &theirs, &their_id, None),
        keyless,
    ];
    add(store, slots.map(|slot| (slot, counts(CREATED, &[])))).await;
    let usage = of_client(store, &mine, CREATED).await;
    assert_eq!(usage.len(), 1);
    assert_eq!(usage[0].key_id.as_ref(), Some(&my_id));

    let all = store.usage(&everybody).await.unwrap();
    assert_eq!((&all[0].client_id, &all[0].key_id), (&None, &None));
    assert_eq!(of_nobody(&all), before + 3);
    for id in [my_id, their_id] {
        assert!(all.iter().any(|usage| usage.key_id.as_ref() == Some(&id)));
    }
    assert!(all.is_sorted_by_key(|usage| (usage.client_id.clone(), usage.key_id.clone())));
}

/// Checks that a query from the last possible time on is answered.
pub async fn answers_for_the_last_time_of_all(store: &dyn UsageStore) {
    let since_the_end = per_key(Some(&new_client()), Timestamp::MAX.get());
    assert_eq!(store.usage(&since_the_end).await.unwrap(), []);
}

/// Checks that counts of hours before the given one are deleted, and no others.
pub async fn purges_old_usage(store: &dyn UsageStore) {
    let (client, id) = (new_client(), KeyId::generate().unwrap());
    let long_ago = UsageSlot::hour_of(CREATED) - 1000 * HOUR;
    let hours = [0, 1, 2].map(|hours| long_ago + hours * HOUR);
    add(
        store,
        hours.map(|hour| (slot(hour, &client, &id, None), counts(hour, &[]))),
    )
    .await;
    let until = hours[1] + time::Duration::minutes(59);
    store.purge_usage(until).await.unwrap();
    let left = of_client(store, &client, long_ago).await;
    assert_eq!(left[0].requests, 6);
}

pub(super) async fn add<const N: usize>(
    store: &dyn UsageStore,
    counts: [(UsageSlot, UsageCounts); N],
) {
    let batch = UsageBatch {
        counts: counts.into(),
        ..UsageBatch::default()
    };
    store.add_usage(&batch).await.unwrap();
}

pub(super) async fn of_client(
    store: &dyn UsageStore,
    client: &ClientId,
    since: OffsetDateTime,
) -> Vec<Usage> {
    store.usage(&per_key(Some(client), since)).await.unwrap()
}

fn per_key(client: Option<&ClientId>, since: OffsetDateTime) -> UsageQuery {
    UsageQuery {
        client: client.cloned(),
        since: Timestamp::clamped(since),
        per: UsagePer::Key,
    }
}

pub(super) fn slot(
    hour: OffsetDateTime,
    client: &ClientId,
    id: &KeyId,
    refusal: Option<RefusalReason>,
) -> UsageSlot {
    UsageSlot {
        hour,
        client_id: Some(client.clone()),
        key_id: Some(id.clone()),
        refusal,
    }
}

/// Three requests.
pub(super) fn counts(last_at: OffsetDateTime, networks: &[&str]) -> UsageCounts {
    UsageCounts {
        requests: 3,
        entries: 7,
        bytes: 1 << 40,
        latency: Duration::from_micros(1501),
        networks: networks.iter().copied().map(str::to_owned).collect(),
        last_at,
    }
}
