//! What the tests do again and again.

use super::stores::{NOW, Site, manager, scopes};
use central_logger_key_store::{KeyRecord, KeyUpdate, NewKey, Patch};
use central_logger_keyring::Rotation;
use central_logger_keys::{KeyId, KeyPrefix};
use central_logger_operations::{Operations, keys::KeyRequest};
use central_logger_times::Timestamp;
use time::{Duration, OffsetDateTime};

pub(crate) async fn make(
    operations: Operations,
    request: KeyRequest,
) -> Result<KeyId, &'static str> {
    let issued = operations
        .issue_requested(&KeyPrefix::default(), request)
        .await;
    issued
        .map(|issued| issued.result.record.id)
        .map_err(|error| error.code())
}

pub(crate) async fn made(site: &Site, maker: &KeyRecord, request: KeyRequest) -> KeyRecord {
    let id = make(site.by(maker), request).await.unwrap();
    site.show(&id).await
}

pub(crate) async fn rotate(
    operations: Operations,
    id: &KeyId,
    rotation: Rotation,
) -> Result<KeyId, &'static str> {
    let rotated = operations.rotate(id, &KeyPrefix::default(), rotation).await;
    rotated
        .map(|rotated| rotated.result.issued.record.id)
        .map_err(|error| error.code())
}

pub(crate) fn manager_of(of_scopes: &str) -> NewKey {
    NewKey {
        scopes: scopes(of_scopes),
        ..manager()
    }
}

pub(crate) fn in_days(days: i64) -> Option<Timestamp> {
    (NOW + Duration::days(days)).try_into().ok()
}

pub(crate) fn ends(days: i64) -> Option<OffsetDateTime> {
    Some(NOW + Duration::days(days))
}

pub(crate) fn rate(text: &str) -> KeyUpdate {
    KeyUpdate {
        rate: match text {
            "" => Patch::Clear,
            text => Patch::Set(text.parse().unwrap()),
        },
        ..KeyUpdate::default()
    }
}

pub(crate) fn networks(text: &str) -> KeyUpdate {
    KeyUpdate {
        networks: match text {
            "" => Patch::Clear,
            text => Patch::Set(text.parse().unwrap()),
        },
        ..KeyUpdate::default()
    }
}
