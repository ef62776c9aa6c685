//! Alerts, who has seen them, and their delivery.

use super::{CREATED, new_client};
use crate::{
    Acknowledgement, Alert, AlertId, AlertKind, AlertPlace, AlertQuery, AlertStore, AlertSubject,
    Counted, Delivery, DeliveryState,
};
use central_logger_keys::{ClientId, KeyId};
use central_logger_times::Timestamp;
use time::{Duration, OffsetDateTime};

/// Checks that alerts are kept, and that of one that is found again only the counts change.
pub async fn keeps_alerts_and_counts_on(store: &dyn AlertStore) {
    let (client, other) = (new_client(), new_client());
    let first = alert(&client, CREATED);
    let second = Alert {
        subject: AlertSubject {
            network: Some("2001:db8::/48".into()),
            ..first.subject.clone()
        },
        delivery: Some(Delivery::due(CREATED)),
        acknowledged: Some(Acknowledgement {
            at: CREATED,
            by: "alice@ops".into(),
        }),
        ..alert(&client, CREATED + Duration::HOUR)
    };
    let theirs = alert(&other, CREATED);
    store
        .put_alerts(&[first.clone(), second.clone(), theirs.clone()])
        .await
        .unwrap();
    let of_client = async |since| {
        let query = AlertQuery {
            client: Some(client.clone()),
            since: Timestamp::clamped(since),
            before: None,
            limit: 10,
        };
        store.alerts(&query).await.unwrap()
    };
    assert_eq!(of_client(CREATED).await, [second.clone(), first.clone()]);
    assert_eq!(
        of_client(CREATED + Duration::MINUTE).await,
        std::slice::from_ref(&second)
    );

    // Another server knows of neither delivery nor acknowledgement.
    let again = Alert {
        last_at: second.last_at + Duration::HOUR,
        counted: Counted {
            sum: 99,
            hour: CREATED,
            in_hour: 40,
        },
        evidence: "more of it".into(),
        acknowledged: None,
        delivery: None,
        ..second.clone()
    };
    store
        .put_alerts(std::slice::from_ref(&again))
        .await
        .unwrap();
    let counted_on = Alert {
        acknowledged: second.acknowledged,
        delivery: second.delivery,
        ..again
    };
    assert_eq!(
        of_client(CREATED).await,
        [counted_on.clone(), first.clone()]
    );
    assert_eq!(
        of_client(counted_on.last_at).await,
        std::slice::from_ref(&counted_on)
    );
    // Page by page, in the order of the list.
    let mut places = vec![None];
    for expected in [Some(&counted_on), Some(&first), None] {
        let query = AlertQuery {
            client: Some(client.clone()),
            since: Timestamp::clamped(CREATED),
            before: places.last().cloned().flatten(),
            limit: 1,
        };
        let page = store.alerts(&query).await.unwrap();
        assert_eq!(page.first(), expected);
        places.push(page.first().map(AlertPlace::of));
    }
    for (limit, some) in [(1000, true), (0, false)] {
        let query = AlertQuery {
            client: None,
            since: Timestamp::clamped(CREATED),
            before: None,
            limit,
        };
        let all = store.alerts(&query).await.unwrap();
        assert_eq!(all.contains(&theirs) && all.contains(&first), some);
    }
}

/// Checks that alerts last seen before a time are deleted, and no others.
pub async fn purges_old_alerts(store: &dyn AlertStore) {
    let client = new_client();
    let old = alert(&client, CREATED - Duration::days(20_000));
    let new = alert(&client, old.last_at + Duration::SECOND);
    let both = [old.clone(), new.clone()];
    store.put_alerts(&both).await.unwrap();
    store.purge_alerts(new.last_at).await.unwrap();
    let query = AlertQuery {
        client: Some(client),
        since: Timestamp::clamped(old.last_at),
        before: None,
        limit: 10,
    };
    assert_eq!(store.alerts(&query).await.unwrap(), [new]);
}

/// Checks that a query from the last possible time on is answered.
pub async fn answers_for_the_last_time_of_all(store: &dyn AlertStore) {
    let since_the_end = AlertQuery {
        client: Some(new_client()),
        since: Timestamp::MAX,
        before: None,
        limit: 1,
    };
    assert_eq!(store.alerts(&since_the_end).await.unwrap(), []);
}

/// Checks that the first acknowledgement of an alert stays, and that only its own client reaches it.
pub async fn notes_who_saw_an_alert_first(store: &dyn AlertStore) {
    let client = new_client();
    let alert = alert(&client, CREATED);
    store
        .put_alerts(std::slice::from_ref(&alert))
        .await
        .unwrap();
    let saw = |by: &str, minutes| Acknowledgement {
        at: CREATED + Duration::minutes(minutes),
        by: by.into(),
    };
    let acknowledge = async |client: Option<&ClientId>, saw| {
        store.acknowledge(&alert.id, client, &saw).await.unwrap()
    };
    assert_eq!(
        acknowledge(Some(&new_client()), saw("mallory", 1)).await,
        None
    );
    let acknowledged = Alert {
        acknowledged: Some(saw("alice@ops", 2)),
        ..alert.clone()
    };
    assert_eq!(
        acknowledge(None, saw("alice@ops", 2)).await,
        Some(acknowledged.clone())
    );
    assert_eq!(
        acknowledge(Some(&client), saw("bob", 3)).await,
        Some(acknowledged)
    );
    let unknown = AlertId::of(AlertKind::Spray, &alert.subject, CREATED);
    let nothing = store
        .acknowledge(&unknown, None, &saw("alice@ops", 4))
        .await
        .unwrap();
    assert_eq!(nothing, None);
}

/// Checks that a due delivery is given to one at a time, until it is delivered or given up.
pub async fn gives_each_delivery_to_one_at_a_time(store: &dyn AlertStore) {
    let client = new_client();
    // Before what others may have left in a shared database.
    let now = CREATED - Duration::days(10_000);
    let first = Alert {
        delivery: Some(Delivery::due(now)),
        ..alert(&client, now)
    };
    let second = Alert {
        delivery: Some(Delivery::due(now + Duration::SECOND)),
        ..alert(&client, now + Duration::HOUR)
    };
    let silent = alert(&client, now + 2 * Duration::HOUR);
    store
        .put_alerts(&[second.clone(), first.clone(), silent])
        .await
        .unwrap();
    let due = async |seconds: i64| {
        let now = now + Duration::seconds(seconds);
        store
            .due_delivery(now, now + Duration::MINUTE)
            .await
            .unwrap()
    };
    assert_eq!(due(-1).await, None);
    assert_eq!(due(1).await.unwrap().id, first.id);
    assert_eq!(due(2).await.unwrap().id, second.id);
    assert_eq!(due(60).await, None, "both are being tried");
    assert_eq!(
        due(61).await.unwrap().id,
        first.id,
        "the server that tried it is gone"
    );

    let failed = Delivery {
        state: DeliveryState::Pending,
        attempts: 2,
        at: now + Duration::minutes(10),
        error: Some("the receiver answered 500".into()),
    };
    let delivered = Delivery {
        state: DeliveryState::Delivered,
        attempts: 1,
        at: now,
        error: None,
    };
    let given_up = Delivery {
        state: DeliveryState::GivenUp,
        ..failed.clone()
    };
    assert!(store.set_delivery(&first.id, &failed).await.unwrap());
    store.set_delivery(&second.id, &delivered).await.unwrap();
    assert_eq!(due(599).await, None);
    let again = due(600).await.unwrap();
    assert_eq!((again.id, again.delivery), (first.id.clone(), Some(failed)));
    store.set_delivery(&first.id, &given_up).await.unwrap();
    assert_eq!(due(6000).await, None);
    let unknown = AlertId::of(AlertKind::Spray, &first.subject, now);
    assert!(!store.set_delivery(&unknown, &given_up).await.unwrap());
}

fn alert(client: &ClientId, at: OffsetDateTime) -> Alert {
    let subject = AlertSubject {
        client_id: Some(client.clone()),
        key_id: Some(KeyId::generate().unwrap()),
        network: None,
    };
    Alert {
        id: AlertId::of(AlertKind::WrongSecrets, &subject, at),
        kind: AlertKind::WrongSecrets,
        subject,
        first_at: at,
        last_at: at,
        counted: Counted {
            sum: 12,
            hour: at,
            in_hour: 3,
        },
        evidence: "12 wrong secrets, \"from\" 192.0.2.0/24".into(),
        acknowledged: None,
        delivery: None,
    }
}
