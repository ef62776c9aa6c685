//! What is answered when something was done.

use actix_web::{
    HttpResponse,
    http::header::{ETAG, LOCATION},
};
use central_logger_key_store::ETag;
use central_logger_keys::KeyId;
use central_logger_operation_routes::answers::{milliseconds, versioned};
use central_logger_operations::{Change, keys::KeyView};
use serde::Serialize;
use std::time::Duration;

/// A key, and how long it took until all servers went by the change.
#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    key: &'a KeyView,
    /// What was revoked with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<&'a [KeyId]>,
    waited_ms: u64,
}

/// A new key, and how long it took until all servers went by it.
#[derive(Serialize)]
struct Created<'a, T> {
    #[serde(flatten)]
    change: &'a Change<T>,
    waited_ms: Option<u64>,
}

/// Returns the answer to a change of a key.
pub(crate) fn changed(key: &KeyView, waited: Duration) -> HttpResponse {
    withdrawn(key, None, waited)
}

/// Returns the answer to the withdrawal of a key, and of those that were revoked with it.
pub(crate) fn withdrawn(
    key: &KeyView,
    revoked: Option<&[KeyId]>,
    waited: Duration,
) -> HttpResponse {
    let changed = Changed {
        key,
        revoked,
        waited_ms: milliseconds(waited),
    };
    versioned(&changed, key.etag)
}

/// Returns the answer that shows a new key, once. Without a duration it says that servers may not go by the
/// change yet.
pub(crate) fn created(
    change: &Change<impl Serialize>,
    path: &str,
    id: &KeyId,
    etag: ETag,
    waited: Option<Duration>,
) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, format!("{path}/{id}")))
        .insert_header((ETAG, etag.to_string()))
        .json(Created {
            change,
            waited_ms: waited.map(milliseconds),
        })
}
