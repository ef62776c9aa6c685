//! Who watches, and what is watched.

use super::{CREATED, new_client};
use crate::{
    FailureSlot, Failures, KeyHistory, UsageBatch, UsageCounts, UsageSlot, UsageStore, WatchStore,
    WatchedKey,
};
use central_logger_keys::{KeyId, RefusalReason};
use time::{Duration, OffsetDateTime};

const HOUR: Duration = Duration::HOUR;

/// Checks that one watcher leads at a time, until its time is over or the clock is set back.
pub async fn elects_one_watcher_at_a_time(store: &dyn WatchStore) {
    let [one, other] = ["one", "other"].map(|name| format!("{name}/{}", new_client()));
    let lead = async |watcher: &str, now| {
        let elected = store.try_acquire_leadership(watcher, now, HOUR).await;
        elected.unwrap()
    };
    // Later than the last leader in a shared database.
    let start = CREATED + Duration::days(10_000);
    assert!(lead(&one, start).await);
    let later = start + Duration::minutes(59);
    assert!(!lead(&other, later).await);
    assert!(lead(&one, later).await, "it is prolonged");
    assert!(!lead(&other, start + HOUR).await);
    let end = later + HOUR;
    assert!(lead(&other, end).await);
    assert!(!lead(&one, end).await);
    assert!(
        lead(&one, end - Duration::SECOND).await,
        "the clock was set back"
    );
}

/// Checks that counts and failures are told from an hour on, as they were added up.
pub async fn shows_what_was_counted(store: &(impl UsageStore + WatchStore)) {
    let (client, id) = (new_client(), KeyId::generate().unwrap());
    let hour = UsageSlot::hour_of(CREATED);
    let slot = |hours, refusal: Option<RefusalReason>| UsageSlot {
        hour: hour + hours * HOUR,
        client_id: Some(client.clone()),
        key_id: Some(id.clone()),
        refusal,
    };
    let network = format!("{client}/24");
    let failing = |hours| FailureSlot {
        hour: hour + hours * HOUR,
        network: network.clone(),
    };
    let failures = |requests, last_at| Failures { requests, last_at };
    let batch = UsageBatch {
        counts: [
            (slot(0, None), counts(1, CREATED, &["192.0.2.0/24"])),
            (slot(1, None), counts(2, CREATED + HOUR, &["2001:db8::/48"])),
            (slot(1, Some(RefusalReason::Rate)), counts(3, CREATED, &[])),
        ]
        .into(),
        failures: [
            (failing(0), failures(5, CREATED)),
            (failing(1), failures(7, CREATED + HOUR)),
        ]
        .into(),
        ..UsageBatch::default()
    };
    store.add_usage(&batch).await.unwrap();
    let more = UsageBatch {
        failures: [(failing(1), failures(10, CREATED))].into(),
        ..UsageBatch::default()
    };
    store.add_usage(&more).await.unwrap();

    let activity = store.activity(CREATED + HOUR).await.unwrap();
    assert!(activity.counted_since.unwrap() <= hour);
    let mine = activity
        .counts
        .iter()
        .filter(|(slot, _)| slot.key_id.as_ref() == Some(&id));
    let mine: Vec<_> = mine
        .map(|(slot, counts)| (slot.clone(), counts.clone()))
        .collect();
    let counted = [
        (slot(1, None), counts(2, CREATED + HOUR, &["2001:db8::/48"])),
        (slot(1, Some(RefusalReason::Rate)), counts(3, CREATED, &[])),
    ];
    assert_eq!(mine, counted);
    assert_eq!(activity.failures.get(&failing(0)), None);
    let failures = activity.failures[&failing(1)];
    assert_eq!((failures.requests, failures.last_at), (17, CREATED + HOUR));
}

/// Checks what is told of a key from before an hour.
pub async fn knows_what_is_usual_for_a_key(store: &(impl UsageStore + WatchStore)) {
    let (client, used, unused) = (
        new_client(),
        KeyId::generate().unwrap(),
        KeyId::generate().unwrap(),
    );
    let key = |id: &KeyId| -> WatchedKey { (client.clone(), id.clone()) };
    let before = UsageSlot::hour_of(CREATED);
    let slot = |hour, refusal: Option<RefusalReason>| UsageSlot {
        hour,
        client_id: Some(client.clone()),
        key_id: Some(used.clone()),
        refusal,
    };
    let at = |hours: i64| before - Duration::hours(hours);
    let accepted = |hours, requests, networks: &[&str]| {
        let last_at = at(hours) + Duration::MINUTE;
        (slot(at(hours), None), counts(requests, last_at, networks))
    };
    let batch = UsageBatch {
        counts: [
            accepted(-1, 9999, &["203.0.113.0/24"]),
            accepted(0, 9998, &["203.0.113.0/24"]),
            accepted(1, 500, &["192.0.2.0/24"]),
            accepted(21, 600, &["192.0.2.0/24"]),
            accepted(22, 30, &["192.0.2.0/24", "198.51.100.0/24"]),
            accepted(47, 40, &[]),
            accepted(24 * 14, 50, &[]),
            accepted(24 * 15, 700, &["2001:db8::/48"]),
            (
                slot(at(24), Some(RefusalReason::Rate)),
                counts(800, CREATED, &["10.0.0.0/24"]),
            ),
        ]
        .into(),
        ..UsageBatch::default()
    };
    store.add_usage(&batch).await.unwrap();
    let keys = [key(&used), key(&unused)].into();
    let histories = store.histories(&keys, CREATED).await.unwrap();
    let history = KeyHistory {
        first_hour: at(24 * 15),
        last_used_at: at(1) + Duration::MINUTE,
        networks: ["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/48"]
            .map(str::to_owned)
            .into(),
        busiest: 50,
    };
    assert_eq!(histories, [(key(&used), history)].into());
}

/// Checks that of each key a bounded number of networks is told.
pub async fn tells_of_a_bounded_number_of_networks(store: &(impl UsageStore + WatchStore)) {
    let key = (new_client(), KeyId::generate().unwrap());
    for number in 0..KeyHistory::MAX_NETWORKS as i64 + 3 {
        let slot = UsageSlot {
            hour: UsageSlot::hour_of(CREATED) - Duration::hours(number + 1),
            client_id: Some(key.0.clone()),
            key_id: Some(key.1.clone()),
            refusal: None,
        };
        let network = format!("10.0.{number}.0/24");
        let batch = UsageBatch {
            counts: [(slot, counts(1, CREATED, &[&network]))].into(),
            ..UsageBatch::default()
        };
        store.add_usage(&batch).await.unwrap();
    }
    let histories = store
        .histories(&[key.clone()].into(), CREATED)
        .await
        .unwrap();
    assert_eq!(histories[&key].networks.len(), KeyHistory::MAX_NETWORKS);
}

fn counts(requests: u64, last_at: OffsetDateTime, networks: &[&str]) -> UsageCounts {
    UsageCounts {
        requests,
        entries: 7,
        bytes: 1 << 40,
        latency: std::time::Duration::from_micros(1501),
        networks: networks.iter().copied().map(str::to_owned).collect(),
        last_at,
    }
}
