//! Issuing, rotating, revoking and showing keys.

use crate::provider::{NOW, Provider, client, code, json, members, new_key, static_entries};
use central_logger_key_store::{KeyStatus, KeyStore, NewKey, Owners};
use central_logger_keyring::{ExternalKey, Rotation};
use central_logger_keys::{ApiKey, KeyDigest, KeyId, KeyPrefix};
use central_logger_operations::keys::{Import, ImportOptions, ImportOutcome, KeyFilter};
use serde_json::json;
use time::Duration;

const KEY_MEMBERS: [&str; 26] = [
    "allow_ip",
    "bytes_per_day",
    "client_id",
    "client_name",
    "created_at",
    "entries_per_day",
    "environment",
    "expires_at",
    "grace_ends_at",
    "is_active",
    "is_weak",
    "key_id",
    "last_used_at",
    "last_used_from",
    "made_by",
    "name",
    "note",
    "pending",
    "rate",
    "replaces",
    "requests_per_day",
    "requests_per_month",
    "revoked_at",
    "revoked_reason",
    "scopes",
    "status",
];

fn grace(grace: Duration) -> Rotation {
    Rotation {
        grace,
        expires_at: None,
    }
}

#[tokio::test]
async fn a_new_key_is_shown_with_its_secret_and_the_end_of_the_trail() {
    let provider = Provider::new();
    let issued = provider
        .issue_new(NewKey {
            name: Some("Acme Corp.".parse().unwrap()),
            ..new_key("acme_corp")
        })
        .await;
    let secret = issued.result.api_key.expose_secret().to_owned();
    assert_eq!(
        json(&issued),
        json!({
            "key_id": issued.result.record.id,
            "api_key": secret,
            "client_id": "acme_corp",
            "client_name": "Acme Corp.",
            "scopes": ["logs:write", "logs:read"],
            "environment": "live",
            "created_at": "2026-03-01T12:00:00Z",
            "expires_at": null,
            "audit": json!(issued.audit),
        })
    );
    assert_eq!(issued.audit.unwrap().sequence, 1);
    assert!(!format!("{issued:?}").contains(&secret));
}

#[tokio::test]
async fn a_key_made_elsewhere_belongs_to_one_client() {
    let provider = Provider::new();
    let key = || ApiKey::parse("made_elsewhere_0123456789").unwrap();
    let issue = async |client: &str, key: ApiKey| {
        provider.again().issue_external(key, new_key(client)).await
    };
    let issued = issue("acme_corp", key()).await.unwrap();
    assert_eq!(json(&issued)["api_key"], key().expose_secret());
    assert_eq!(code(issue("acme_corp", key()).await), "key_exists");
    assert_eq!(code(issue("widget_co", key()).await), "belongs_to_other");
    let weak = ApiKey::parse("short").unwrap();
    assert_eq!(code(issue("acme_corp", weak).await), "weak_key");
    let issued = provider.issue("acme_corp").await.result.api_key;
    let mut typo = issued.expose_secret().to_owned();
    let last = typo.pop().unwrap();
    typo.push(if last == 'x' { 'y' } else { 'x' });
    let mistyped = ApiKey::parse(&typo).unwrap();
    assert_eq!(code(issue("acme_corp", mistyped).await), "invalid_key");
}

#[tokio::test]
async fn a_rotation_shows_both_keys_and_whether_servers_have_to_be_waited_for() {
    let provider = Provider::new();
    let old = provider.issue_id("acme_corp").await;
    let prefix = KeyPrefix::default();
    let day = grace(Duration::DAY);
    let rotated = provider.again().rotate(&old, &prefix, day).await.unwrap();
    let shown = json(&rotated);
    assert_eq!(shown["replaces"], json!(old));
    assert_eq!(shown["old_expires_at"], "2026-03-02T12:00:00Z");
    assert_eq!(
        members(&shown),
        [
            "api_key",
            "audit",
            "client_id",
            "client_name",
            "created_at",
            "environment",
            "expires_at",
            "key_id",
            "old_expires_at",
            "replaces",
            "scopes"
        ]
    );
    assert_eq!(rotated.result.works_until, Some(NOW + Duration::DAY));
    assert!(!rotated.result.is_wait_due);
    let again = provider.again().rotate(&old, &prefix, day).await;
    assert_eq!(code(again), "wrong_status");

    let successor = &rotated.result.issued.record.id;
    let at_once = grace(Duration::ZERO);
    let rotated = provider.again().rotate(successor, &prefix, at_once).await;
    let rotated = rotated.unwrap();
    assert_eq!(rotated.result.works_until, None);
    assert_eq!(json(&rotated)["old_expires_at"], "2026-03-01T12:00:00Z");
    assert!(rotated.result.is_wait_due);
}

#[tokio::test]
async fn a_grace_period_is_extended_and_finished() {
    let provider = Provider::new();
    let old = provider.issue_id("acme_corp").await;
    let early = provider.again().finish_rotation(&old).await;
    assert_eq!(code(early), "wrong_status");
    let day = grace(Duration::DAY);
    let prefix = KeyPrefix::default();
    let rotated = provider.operations.rotate(&old, &prefix, day).await;
    drop(rotated.unwrap());

    let extended = provider.again().extend_rotation(&old, Duration::DAY).await;
    let extended = extended.unwrap();
    assert_eq!(extended.result.ends_at(), Some(NOW + 2 * Duration::DAY));
    let finished = provider.again().finish_rotation(&old).await.unwrap();
    let shown = json(&finished);
    assert_eq!(shown["status"], "revoked");
    let mut expected = KEY_MEMBERS.to_vec();
    expected.insert(1, "audit");
    assert_eq!(members(&shown), expected);
}

#[tokio::test]
async fn a_key_is_switched_off_and_on() {
    let provider = Provider::new();
    let id = provider
        .issue_new(NewKey {
            expires_at: Some((NOW + Duration::DAY).try_into().unwrap()),
            ..new_key("acme_corp")
        })
        .await
        .result
        .record
        .id;
    let disabled = provider.again().disable(&id).await.unwrap();
    disabled.everywhere().await.unwrap();
    let applied = disabled.waited(std::time::Duration::from_millis(12));
    let audit = json(&applied)["audit"].clone();
    assert_eq!(
        json(&applied),
        json!({
            "key_id": id, "changed": true, "status": "disabled", "waited_ms": 12, "audit": audit,
        })
    );
    assert_eq!(audit["sequence"], 2);
    let again = provider.again().disable(&id).await.unwrap().not_waiting();
    assert_eq!(
        json(&again),
        json!({
            "key_id": id, "changed": false, "status": "disabled", "waited_ms": 0, "audit": null,
        })
    );

    provider.clock.advance(Duration::DAY);
    let enabled = provider.again().enable(&id).await.unwrap();
    assert_eq!(enabled.result.status, KeyStatus::Expired);
    assert_eq!(enabled.result.ends_at, Some(NOW + Duration::DAY));

    let unknown = KeyId::generate().unwrap();
    assert_eq!(
        code(provider.again().disable(&unknown).await),
        "unknown_key"
    );
    drop(provider.again().revoke(&id, None).await.unwrap());
    for refused in [
        provider.again().disable(&id).await,
        provider.again().enable(&id).await,
    ] {
        assert_eq!(code(refused), "wrong_status");
    }
}

#[tokio::test]
async fn a_key_is_revoked_once() {
    let provider = Provider::new();
    let id = provider.issue_id("acme_corp").await;
    let reason = "leaked".parse().unwrap();
    let revoked = provider.again().revoke(&id, Some(&reason)).await.unwrap();
    let shown = json(&revoked.not_waiting());
    assert_eq!(members(&shown), ["audit", "revoked", "waited_ms"]);
    assert_eq!(shown["revoked"], json!([id]));
    let again = provider.again().revoke(&id, None).await.unwrap();
    assert_eq!(json(&again), json!({"revoked": [], "audit": null}));
    let details = provider.again().show(&id).await.unwrap();
    assert_eq!(details.key.revoked_reason.as_deref(), Some("leaked"));
    let unknown = KeyId::generate().unwrap();
    let unknown = provider.again().revoke(&unknown, None).await;
    assert_eq!(code(unknown), "unknown_key");
}

#[tokio::test]
async fn static_keys_that_outlive_a_client_are_named() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    let revoke = async |entries| provider.again().revoke_client(&acme, None, entries).await;
    let imported = "imported_key_0123456789";
    let entries = || {
        static_entries(&format!(
            r#"{{"static_key_0123456789": "acme_corp", "{imported}": "acme_corp",
                "of_another_0123456789": "widget_co"}}"#
        ))
    };
    assert_eq!(code(revoke(static_entries("{}")).await), "no_keys");
    let only_static = revoke(entries()).await.unwrap_err();
    assert_eq!(only_static.code(), "static_key");
    let message = only_static.to_string();
    assert!(
        message.contains("static-acme_corp, static-acme_corp-2") && message.contains("line 1"),
        "{message}"
    );

    // A key that the database knows is judged by the database alone.
    let key = ApiKey::parse(imported).unwrap();
    let operations = provider.again();
    let stored = operations.issue_external(key, new_key("acme_corp")).await;
    let id = stored.unwrap().result.record.id;
    let revoked = revoke(entries()).await.unwrap();
    assert_eq!(revoked.result.revoked, [id]);
    assert_eq!(json(&revoked)["static_keys"], json!(["static-acme_corp"]));

    let unreadable = revoke(static_entries("key1:client1")).await.unwrap();
    assert_eq!(json(&unreadable)["static_keys"], json!(null));
    let left = unreadable.result.static_keys.unwrap();
    assert!(left.problem.unwrap().contains("API_KEYS"));
}

#[tokio::test]
async fn keys_are_listed_by_client_status_and_age() {
    let provider = Provider::new();
    let old = provider.issue_id("acme_corp").await;
    let other = provider.issue_id("widget_co").await;
    provider.clock.advance(Duration::days(91));
    let young = provider.issue_id("acme_corp").await;
    drop(provider.operations.disable(&other).await.unwrap());

    let ids = async |filter: KeyFilter| {
        let listing = provider.operations.list(&filter).await.unwrap();
        let ids = listing.keys.into_iter().map(|key| key.key_id);
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let set = |ids: &[&KeyId]| ids.iter().map(|id| (*id).clone()).collect();
    assert_eq!(
        ids(KeyFilter::default()).await,
        set(&[&old, &other, &young])
    );
    let of_acme = KeyFilter {
        client: Some(client("acme_corp")),
        ..KeyFilter::default()
    };
    assert_eq!(ids(of_acme.clone()).await, set(&[&old, &young]));
    let disabled = KeyFilter {
        status: Some(KeyStatus::Disabled),
        ..KeyFilter::default()
    };
    assert_eq!(ids(disabled).await, set(&[&other]));
    let due = KeyFilter {
        due: Some(Duration::days(90)),
        ..of_acme
    };
    assert_eq!(ids(due.clone()).await, set(&[&old]));
    let shown = json(&provider.operations.list(&due).await.unwrap());
    assert_eq!(members(&shown), ["keys", "unreadable"]);
    assert_eq!(members(&shown["keys"][0]), KEY_MEMBERS);
}

#[tokio::test]
async fn a_key_is_shown_between_its_predecessor_and_its_successor() {
    let provider = Provider::new();
    let first = provider.issue_id("acme_corp").await;
    let mut chain = vec![first];
    for _ in 0..2 {
        let last = chain.last().unwrap();
        let rotated = provider
            .again()
            .rotate(last, &KeyPrefix::default(), grace(Duration::DAY))
            .await;
        chain.push(rotated.unwrap().result.issued.record.id);
    }
    let details = provider.operations.show(&chain[1]).await.unwrap();
    let shown = json(&details);
    assert_eq!(shown["key_id"], json!(chain[1]));
    assert_eq!(shown["usage"], json!(null));
    assert_eq!(shown["predecessor"]["key_id"], json!(chain[0]));
    assert_eq!(shown["successor"]["key_id"], json!(chain[2]));
    assert_eq!(members(&shown["successor"]), KEY_MEMBERS);
    assert_eq!(shown["alerts"], json!([]));
    let unknown = KeyId::generate().unwrap();
    assert_eq!(
        code(provider.operations.show(&unknown).await),
        "unknown_key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_tells_what_became_of_each_key_in_order() {
    let provider = Provider::new();
    let import = |key: ExternalKey, client: &str| Import {
        key,
        client_id: crate::provider::client(client),
        note: None,
    };
    let key = |text: &str| ExternalKey::from(ApiKey::parse(text).unwrap());
    let imports = || {
        vec![
            import(key("first_key_0123456789"), "acme_corp"),
            import(key("short"), "acme_corp"),
            import(ExternalKey::Digest(KeyDigest::of(b"x")), "widget_co"),
            import(key("first_key_0123456789"), "acme_corp"),
        ]
    };
    let run = async |options: ImportOptions| {
        let mut told = Vec::new();
        let progress = |done, total| told.push((done, total));
        let imported = provider.again().import(imports(), options, progress).await;
        assert_eq!(told, [(1, 4), (2, 4), (3, 4), (4, 4)]);
        imported.unwrap()
    };
    let dry = ImportOptions {
        dry_run: true,
        ..ImportOptions::default()
    };
    let outcomes = |imported: &central_logger_operations::Change<_>| {
        let imported: &central_logger_operations::keys::ImportReport = &imported.result;
        let keys = imported.keys.iter().map(|key| key.outcome);
        keys.collect::<Vec<_>>()
    };
    let previewed = run(dry).await;
    use ImportOutcome::{Imported, Known, New, Refused};
    assert_eq!(outcomes(&previewed), [New, Refused, New, New]);
    assert!(provider.keys.list(Owners::All).await.unwrap().is_empty());
    assert_eq!(json(&previewed)["audit"], json!(null));

    let imported = run(ImportOptions::default()).await;
    let mut first = outcomes(&imported);
    // The same key twice, both at the same time: either may be the first.
    let repeated = first.pop().unwrap();
    let mut both = [first[0], repeated];
    both.sort_by_key(ToString::to_string);
    assert_eq!(both, [Imported, Known]);
    assert_eq!(first[1..], [Refused, Imported]);
    let shown = json(&imported);
    assert_eq!(members(&shown), ["audit", "dry_run", "keys"]);
    let refused = &shown["keys"][1];
    assert_eq!(
        members(refused),
        ["client_id", "key_id", "outcome", "reason"]
    );
    assert_eq!(
        (&refused["outcome"], &refused["key_id"]),
        (&json!("refused"), &json!(null))
    );
    assert!(imported.result.keys[1].is_too_weak);

    let allowed = ImportOptions {
        allow_weak: true,
        ..ImportOptions::default()
    };
    let again = run(allowed).await;
    assert_eq!(outcomes(&again), [Known, Imported, Known, Known]);
}
