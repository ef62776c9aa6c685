//! Usage, alerts and the audit trail.

use crate::provider::{NOW, Provider, client, code, json, members};
use central_logger_key_activity::{
    Alert, AlertId, AlertKind, AlertQuery, AlertStore, AlertSubject, Counted, Delivery,
    DeliveryState, UnreachableActivity, UsagePer, UsageQuery,
};
use central_logger_key_store::{Head, UnreachableKeys};
use central_logger_keys::KeyId;
use central_logger_log_store::MemoryLogs;
use central_logger_operations::Stores;
use serde_json::{Value, json};
use std::sync::Arc;
use time::Duration;

fn alert(client: &str, key: Option<KeyId>) -> Alert {
    let subject = AlertSubject {
        client_id: Some(crate::provider::client(client)),
        key_id: key,
        network: None,
    };
    Alert {
        id: AlertId::of(AlertKind::Spike, &subject, NOW),
        kind: AlertKind::Spike,
        subject,
        first_at: NOW,
        last_at: NOW,
        counted: Counted {
            sum: 7,
            hour: NOW,
            in_hour: 7,
        },
        evidence: "7 requests".to_owned(),
        acknowledged: None,
        delivery: None,
    }
}

#[tokio::test]
async fn alerts_are_listed_acknowledged_once_and_delivered_again() {
    let provider = Provider::new();
    let id = provider.issue_id("acme_corp").await;
    let alert = alert("acme_corp", Some(id.clone()));
    let stored = provider
        .activity
        .put_alerts(std::slice::from_ref(&alert))
        .await;
    stored.unwrap();
    let week_ago = (NOW - Duration::WEEK).try_into().unwrap();
    let list = async |client| {
        let listed = provider
            .operations
            .alerts(AlertQuery::latest(client, week_ago))
            .await;
        json(&listed.unwrap())
    };
    let listed = list(None).await;
    assert_eq!(
        members(&listed),
        ["alerts", "has_more", "next_cursor", "since"]
    );
    assert_eq!(listed["alerts"][0]["id"], json!(alert.id));
    assert_eq!(listed["alerts"][0]["delivery"], json!(null));
    assert_eq!(list(Some(client("widget_co"))).await["alerts"], json!([]));
    let open = json(&provider.operations.show(&id).await.unwrap());
    assert_eq!(open["alerts"][0]["id"], json!(alert.id));

    let ids = [alert.id.clone()];
    let acknowledged = provider.operations.acknowledge(&ids).await.unwrap();
    let acknowledged = json(&acknowledged);
    assert_eq!(
        acknowledged["acknowledged"][0]["acknowledged_by"],
        "alice@ops"
    );
    let shown = json(&provider.operations.show(&id).await.unwrap());
    assert_eq!(shown["alerts"], json!([]), "it is not open any more");

    let due = provider.operations.redeliver(ids.to_vec()).await.unwrap();
    assert_eq!(json(&due), json!({"due": [alert.id]}));
    let listed = list(None).await;
    assert_eq!(listed["alerts"][0]["delivery"]["state"], "pending");
    let expected = Delivery {
        state: DeliveryState::Pending,
        attempts: 0,
        at: NOW,
        error: None,
    };
    assert_eq!(listed["alerts"][0]["delivery"], json!(expected));

    let unknown: AlertId = "0000000000000000".parse().unwrap();
    let refused = provider
        .operations
        .acknowledge(std::slice::from_ref(&unknown))
        .await;
    assert_eq!(code(refused), "unknown_alert");
    let refused = provider.operations.redeliver(vec![unknown]).await;
    assert_eq!(code(refused), "unknown_alert");
}

#[tokio::test]
async fn usage_begins_with_the_hour() {
    let provider = Provider::new();
    let query = UsageQuery {
        client: None,
        since: (NOW + Duration::minutes(59)).try_into().unwrap(),
        per: UsagePer::Key,
    };
    let report = provider.operations.usage(&query).await.unwrap();
    let expected = json!({"since": "2026-03-01T12:00:00Z", "usage": []});
    assert_eq!(json(&report), expected);
}

#[tokio::test]
async fn the_trail_names_the_caller_and_is_verified() {
    let provider = Provider::new();
    let issued = provider.issue("acme_corp").await;
    provider.clock.advance(Duration::DAY);
    let id = &issued.result.record.id;
    let revoked = provider.again().revoke(id, None).await.unwrap();
    let noted = revoked.audit.unwrap();

    let since = (NOW + Duration::HOUR).try_into().unwrap();
    let trail = json(&provider.operations.audit(since).await.unwrap());
    let entries = trail["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "the other is older");
    assert_eq!(
        (&entries[0]["actor"], &entries[0]["action"]),
        (
            &json!({"kind": "host", "id": null, "name": "alice@ops"}),
            &json!("revoke")
        )
    );
    assert_eq!(
        (&entries[0]["network"], &entries[0]["via"]),
        (&Value::Null, &json!("command_line"))
    );

    let verified = provider.operations.verify_audit(Some(noted)).await;
    let verified = json(&verified.unwrap());
    assert_eq!(members(&verified), ["intact", "report"]);
    assert_eq!(verified["intact"], true);
    assert_eq!(verified["report"]["entries"], 2);
    let elsewhere = Head {
        sequence: 7,
        seal: noted.seal,
    };
    let verified = provider.operations.verify_audit(Some(elsewhere)).await;
    let verified = json(&verified.unwrap());
    assert_eq!(verified["intact"], false);
    assert_eq!(verified["report"]["faults"][0]["fault"], "behind");
}

#[tokio::test]
async fn an_acknowledged_restore_is_recorded() {
    let provider = Provider::new();
    let accepted = provider.operations.accept_restore().await.unwrap();
    let audit = json(&accepted)["audit"].clone();
    assert_eq!(json(&accepted), json!({"accepted": true, "audit": audit}));
    assert_eq!(audit["sequence"], 1);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_told_apart() {
    let provider = Provider::new();
    let stores = Stores {
        keys: Arc::new(UnreachableKeys),
        activity: Arc::new(UnreachableActivity),
        logs: Arc::new(MemoryLogs::new()),
        sessions: provider.sessions.clone(),
    };
    let operations = crate::provider::operations(stores, provider.clock.clone());
    let id = KeyId::generate().unwrap();
    assert_eq!(code(operations.show(&id).await), "database");
    assert_eq!(code(operations.revoke(&id, None).await), "database");
    assert_eq!(code(operations.accept_restore().await), "database");

    // A change that was made before the store was lost.
    let issued = provider.issue("acme_corp").await;
    issued.everywhere().await.unwrap();
}
