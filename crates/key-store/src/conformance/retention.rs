//! How long logs are kept.

use super::{commit, new_client};
use crate::{audit::action::AuditAction, draft::Draft, store::KeyAdmin};
use central_logger_client_records::settings::{ClientSettings, SettingChange};
use central_logger_keys::ClientId;

/// Checks that terms are kept until they are changed, and noted in the audit trail.
pub async fn keeps_terms_until_they_are_changed(store: &dyn KeyAdmin) {
    let (acme, widget) = (new_client(), new_client());
    let before = store.head().await.unwrap();
    set(store, Some(&acme), Some("90d")).await;
    set(store, Some(&widget), Some("forever")).await;
    set(store, None, Some("24h")).await;
    let kept = store.retention().await.unwrap();
    assert_eq!(kept.for_all.as_deref(), Some("24h"));
    assert_eq!(kept.clients[&acme], "90d");
    assert_eq!(kept.clients[&widget], "forever");
    assert_eq!(kept.of(&new_client()), Some("24h"));

    set(store, Some(&acme), Some("15m")).await;
    set(store, Some(&widget), None).await;
    set(store, None, None).await;
    let kept = store.retention().await.unwrap();
    assert_eq!(kept.for_all, None);
    assert_eq!(kept.of(&acme), Some("15m"));
    assert!(!kept.clients.contains_key(&widget));

    let trail = store.audit(before.sequence, 6).await.unwrap();
    assert!(trail.iter().all(|entry| entry.key_id.is_none()));
    let [of_acme, _, of_all, changed, ..] = &trail[..] else {
        panic!("an entry for each change");
    };
    assert_eq!(of_acme.action, AuditAction::Retention);
    assert_eq!(
        (&of_acme.client_id, &of_all.client_id),
        (&Some(acme), &None)
    );
    assert_eq!(changed.before.as_deref(), Some(r#"{"keep":"90d"}"#));
    assert_eq!(changed.after, r#"{"keep":"15m"}"#);
}

pub(super) async fn set(store: &dyn KeyAdmin, client: Option<&ClientId>, keep: Option<&str>) {
    let before: ClientSettings = store.retention().await.unwrap();
    let change = SettingChange {
        client_id: client.cloned(),
        value: keep.map(str::to_owned),
    };
    let change = |draft: &mut Draft<'_>| draft.set_retention(&before, change.clone());
    commit(store, change).await.unwrap();
}
