use super::*;
use crate::testing::assert_text;
use central_logger_client_records::{ClientPolicy, OnLeak};
use central_logger_doctor::{Check, Severity};
use central_logger_key_activity::{
    Acknowledgement, Alert, AlertId, AlertKind, AlertSubject, Counted, Delivery, DeliveryState,
    Usage,
};
use central_logger_key_store::{
    Actor, AuditAction, AuditEntry, ETag, Head, KeyMaker, KeyStatus, NewKey,
    audit::{AuditFault, AuditReport},
    quota::{Quota, QuotaDimension},
};
use central_logger_keys::{ApiKey, KeyEnvironment, Scopes};
use central_logger_operations::{
    AlertView, ClientQuota,
    clients::{ClientView, KeyCounts},
    keys::{Issued, KeyView, UnreadableView},
    sessions::SessionView,
};
use central_logger_times::Timestamp;
use std::{collections::BTreeMap, num::NonZeroU64, sync::Arc};
use time::{Duration, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
const SEAL: &str = "sha256:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

fn key(id: &str, client: &str) -> KeyView {
    KeyView {
        key_id: id.parse().unwrap(),
        client_id: client.parse().ok(),
        client_name: None,
        name: None,
        status: KeyStatus::Active,
        scopes: Scopes::default(),
        environment: KeyEnvironment::Live,
        allow_ip: central_logger_keys::Networks::default(),
        rate: None,
        quota: Quota::default(),
        is_active: true,
        is_weak: false,
        created_at: NOW,
        last_used_at: None,
        last_used_from: None,
        expires_at: None,
        grace_ends_at: None,
        revoked_at: None,
        revoked_reason: None,
        note: None,
        replaces: None,
        pending: false,
        pending_target: None,
        made_by: KeyMaker::Provider,
        etag: ETag::of([id]),
    }
}

/// A key of which everything is set that can be.
fn full_key() -> KeyView {
    KeyView {
        client_name: Some("Acme Corp.".to_owned()),
        name: Some("Acme Corp.".to_owned()),
        status: KeyStatus::Revoked,
        allow_ip: "203.0.113.0/24".parse().unwrap(),
        rate: "100/s".parse().ok(),
        quota: Quota::default()
            .with(QuotaDimension::RequestsPerDay, NonZeroU64::new(100_000))
            .with(QuotaDimension::RequestsPerMonth, NonZeroU64::new(1_000_000))
            .with(QuotaDimension::EntriesPerDay, NonZeroU64::new(1_000_000))
            .with(QuotaDimension::BytesPerDay, NonZeroU64::new(1 << 30)),
        is_weak: true,
        last_used_at: Some(NOW + Duration::HOUR),
        last_used_from: Some("203.0.113.0/24".to_owned()),
        expires_at: Some(NOW + Duration::days(90)),
        grace_ends_at: Some(NOW + Duration::DAY),
        revoked_at: Some(NOW + 2 * Duration::HOUR),
        revoked_reason: Some("leaked".to_owned()),
        note: Some("for the invoices".to_owned()),
        replaces: "0123456789ab".parse().ok(),
        ..key("4fzyo82mvyi1", "acme_corp")
    }
}

#[test]
fn keys() {
    let rotated = KeyView {
        grace_ends_at: Some(NOW + Duration::DAY),
        ..key("7fT9aXk20bQz", "widget_co")
    };
    let expiring = KeyView {
        expires_at: Some(NOW + Duration::HOUR),
        ..rotated.clone()
    };
    assert_text("keys", &key_table(&[full_key(), rotated, expiring]));
    assert_text("key", &key_lines(&full_key()));
    assert_text("key-new", &key_lines(&key("4fzyo82mvyi1", "acme_corp")));
    assert_text("key-relative", &relative_line(&full_key()));
}

#[test]
fn keys_of_the_provider() {
    let of_provider = KeyView {
        client_id: None,
        client_name: Some("sign-up page".to_owned()),
        name: Some("sign-up page".to_owned()),
        scopes: "provider:read provider:write".parse().unwrap(),
        expires_at: Some(NOW + Duration::days(365)),
        ..key("4fzyo82mvyi1", "acme_corp")
    };
    let unnamed = KeyView {
        name: None,
        scopes: "provider:read".parse().unwrap(),
        last_used_at: Some(NOW + Duration::HOUR),
        ..of_provider.clone()
    };
    let table = provider_key_table(&[of_provider.clone(), unnamed]);
    assert_text("provider-keys", &table);
    assert_text("provider-key", &key_lines(&of_provider));
    let api_key = "cl_live_7fT9aXk20bQz_SECRET";
    let record = NewKey {
        expires_at: Some(Timestamp::clamped(NOW + Duration::days(365))),
        ..NewKey::for_provider()
    };
    let issued = Issued {
        record: record.into_record("7fT9aXk20bQz".parse().unwrap(), NOW),
        api_key: Arc::new(ApiKey::parse(api_key).unwrap()),
        client_name: None,
    };
    assert_text("provider-key-new", &new_provider_key(&issued));
}

#[test]
fn keys_that_cannot_be_read() {
    let mut key = UnreadableView {
        key_id: "4fzyo82mvyi1".to_owned(),
        client_id: "acme_corp".parse().ok(),
        is_revoked: false,
        reason: "expires_at must not lie after the year 9999 in UTC".to_owned(),
    };
    let valid = unreadable_line(&key);
    (key.is_revoked, key.client_id) = (true, None);
    let revoked = unreadable_line(&key);
    assert_text("key-unreadable", &format!("{valid}\n{revoked}"));
}

#[test]
fn clients() {
    let bare = ClientView {
        client_id: "widget_co".parse().unwrap(),
        name: None,
        external_id: None,
        mail: None,
        first_seen_at: Some(NOW),
        last_seen_at: None,
        keys: KeyCounts { active: 1, due: 0 },
        entries_24h: 0,
        refused_24h: 0,
        quota: ClientQuota {
            client_id: "widget_co".parse().unwrap(),
            quota: Quota::default(),
        },
        keep: "forever".parse().unwrap(),
        policy: ClientPolicy::default(),
        deliver: None,
        deliver_template: None,
        mail_scopes: "logs:read".parse().unwrap(),
        etag: ETag::of([]),
    };
    let full = ClientView {
        client_id: "acme_corp".parse().unwrap(),
        name: Some("Acme Corp.".to_owned()),
        external_id: Some("crm-7".to_owned()),
        mail: Some("keys@acme.example".to_owned()),
        last_seen_at: Some(NOW + Duration::HOUR),
        keys: KeyCounts { active: 5, due: 2 },
        entries_24h: 1_000_000,
        refused_24h: 7,
        quota: ClientQuota {
            client_id: "acme_corp".parse().unwrap(),
            quota: full_key().quota,
        },
        keep: "90d".parse().unwrap(),
        policy: ClientPolicy {
            self_service: false,
            max_keys: Some(5),
            max_lifetime: Some(Duration::days(90)),
            require_expiry: true,
            renewable: true,
            on_leak: OnLeak::Disable,
        },
        deliver_template: Some("KEY={key}".to_owned()),
        deliver: Some("vault:secret/acme/logger".to_owned()),
        ..bare.clone()
    };
    assert_text("client", &client_lines(&full));
    assert_text("client-new", &client_lines(&bare));
    assert_text("clients", &client_table(&[full, bare]));
}

#[test]
fn sessions() {
    let of_client = SessionView {
        session_id: "s4fzyo82mvyi".parse().unwrap(),
        client_id: "acme_corp".parse().ok(),
        name: Some("Alice of Acme".to_owned()),
        scopes: "logs:read keys:manage".parse().unwrap(),
        key_id: None,
        by_provider: false,
        created_at: NOW,
        last_used_at: NOW + Duration::MINUTE,
        idle_ends_at: NOW + Duration::minutes(31),
        expires_at: NOW + Duration::hours(12),
    };
    let of_provider = SessionView {
        session_id: "7fT9aXk20bQz".parse().unwrap(),
        client_id: None,
        name: None,
        scopes: "provider:read".parse().unwrap(),
        key_id: "4fzyo82mvyi1".parse().ok(),
        ..of_client.clone()
    };
    assert_text("sessions", &session_table(&[of_client, of_provider]));
}

fn alert(kind: AlertKind) -> AlertView {
    let subject = AlertSubject {
        client_id: "acme_corp".parse().ok(),
        key_id: "4fzyo82mvyi1".parse().ok(),
        network: None,
    };
    AlertView {
        alert: Alert {
            id: AlertId::of(kind, &subject, NOW),
            kind,
            subject,
            first_at: NOW,
            last_at: NOW + Duration::MINUTE,
            counted: Counted {
                sum: 7,
                hour: NOW,
                in_hour: 7,
            },
            evidence: "7 requests from 192.0.2.0/24".to_owned(),
            acknowledged: None,
            delivery: None,
        },
        delivery: None,
    }
}

#[test]
fn alerts() {
    let delivery = |state| Delivery {
        state,
        ..Delivery::due(NOW)
    };
    let mut guessed = alert(AlertKind::FailedAttempts);
    guessed.alert.subject = AlertSubject {
        network: Some("192.0.2.0/24".to_owned()),
        ..AlertSubject::default()
    };
    guessed.delivery = Some(delivery(DeliveryState::GivenUp));
    let mut spray = alert(AlertKind::Spray);
    spray.alert.subject = AlertSubject::default();
    spray.delivery = Some(delivery(DeliveryState::Pending));
    let mut seen = alert(AlertKind::Spike);
    seen.alert.acknowledged = Some(Acknowledgement {
        at: NOW,
        by: "alice@ops".to_owned(),
    });
    assert_text("alert-line", &alert_line(&seen));
    assert_text("alert-acknowledged", &acknowledged(&seen));
    assert_text("alerts", &alert_table(&[guessed, spray, seen]));
}

#[test]
fn usage() {
    let used = Usage {
        client_id: "acme_corp".parse().ok(),
        key_id: "4fzyo82mvyi1".parse().ok(),
        requests: 1200,
        refused: BTreeMap::from([("forbidden".to_owned(), 2), ("rate".to_owned(), 5)]),
        entries: 5000,
        bytes: 1 << 21,
        latency: std::time::Duration::from_millis(2400),
        networks: 1,
        last_at: NOW,
    };
    let unknown = Usage {
        client_id: None,
        key_id: None,
        requests: 0,
        refused: BTreeMap::from([("unknown".to_owned(), 3)]),
        entries: 0,
        bytes: 0,
        latency: std::time::Duration::ZERO,
        networks: 0,
        last_at: NOW,
    };
    assert_text("usage-line", &usage_line(&used));
    assert_text("usage", &usage_table(&[used, unknown]));
}

#[test]
fn audit() {
    let entry = |sequence, key: Option<&str>| AuditEntry {
        sequence,
        at: NOW,
        actor: Actor::new("alice@ops"),
        action: AuditAction::Rotate,
        key_id: key.and_then(|id| id.parse().ok()),
        client_id: "acme_corp".parse().ok(),
        before: None,
        after: "{}".to_owned(),
        key_seal: None,
        seal: SEAL.parse().unwrap(),
    };
    let entries = [entry(9, Some("4fzyo82mvyi1")), entry(10, None)];
    assert_text("audit", &audit_table(&entries));
    let intact = AuditReport {
        entries: 12,
        keys: Some(4),
        end: Head {
            sequence: 12,
            seal: SEAL.parse().ok(),
        },
        ..AuditReport::default()
    };
    assert_text("audit-intact", &verdict(&intact, false));
    assert_text("audit-intact-at-least", &verdict(&intact, true));
    let key_id = || "4fzyo82mvyi1".parse().unwrap();
    let tampered = AuditReport {
        unchecked: 1,
        unpeppered: 2,
        sealed_without_pepper: vec![7, 8],
        unchecked_keys: 3,
        faults: vec![
            AuditFault::Altered { sequence: 3 },
            AuditFault::Missing {
                sequence: 4,
                until: 4,
            },
            AuditFault::Missing {
                sequence: 5,
                until: 6,
            },
            AuditFault::Unexpected { sequence: 13 },
            AuditFault::End { sequence: 12 },
            AuditFault::Behind { sequence: 14 },
            AuditFault::TakenUpAgain { sequence: 2 },
            AuditFault::Key {
                key_id: key_id(),
                sequence: 9,
                differs: vec!["scopes".to_owned(), "client_id".to_owned()],
            },
            AuditFault::Unentered { key_id: key_id() },
            AuditFault::Gone { key_id: key_id() },
            AuditFault::Unreadable {
                key_id: "4fzyo82mvyi1".to_owned(),
                reason: "the scopes are unknown".to_owned(),
            },
            AuditFault::Retention { client_id: None },
            AuditFault::Retention {
                client_id: "acme_corp".parse().ok(),
            },
        ],
        ..intact
    };
    assert_text("audit-tampered", &verdict(&tampered, false));
    let older = AuditReport::default();
    assert_text("audit-of-an-older-version", &verdict(&older, false));
}

#[test]
fn doctor() {
    let check = |name, severity, detail: &str| Check {
        name,
        severity,
        detail: detail.to_owned(),
    };
    let checks = [
        check("settings", Severity::Ok, "all are valid"),
        check("TLS", Severity::Warning, "none"),
        check(
            "deliveries",
            Severity::Failure,
            "1 of the last 7 days not delivered",
        ),
    ];
    assert_text("doctor", &check_lines(&checks));
}
