//! Who a key belongs to: for clients, and for gateways that ask before they let a request through.

use actix_web::{HttpResponse, web};
use central_logger_auth_actix::Caller;
use central_logger_keys::{ClientId, KeyEnvironment, KeyId, Scopes};
use serde::Serialize;
use time::OffsetDateTime;

#[derive(Serialize)]
pub(super) struct Identity {
    client_id: ClientId,
    key_id: KeyId,
    scopes: Scopes,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    environment: KeyEnvironment,
}

pub(super) async fn whoami(caller: Caller) -> web::Json<Identity> {
    web::Json(Identity {
        client_id: caller.client_id().clone(),
        key_id: caller.key_id().clone(),
        scopes: caller.scopes().clone(),
        expires_at: caller.expires_at(),
        environment: caller.environment(),
    })
}

/// The status 200 and no other: Envoy takes no other 2xx for a yes.
pub(super) async fn verify(caller: Caller) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("x-client-id", caller.client_id().as_str()))
        .insert_header(("x-key-id", caller.key_id().as_str()))
        .insert_header(("x-key-scopes", caller.scopes().to_string()))
        .insert_header(("x-key-environment", caller.environment().as_str()))
        .finish()
}
