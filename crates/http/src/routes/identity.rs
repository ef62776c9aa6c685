//! Who a key belongs to: for clients, and for gateways that ask before they let a request through.

use actix_web::{
    HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web,
};
use central_logger_auth::Principal;
use central_logger_auth_actix::Caller;
use central_logger_http_api::openapi::one_of;
use central_logger_keys::{ClientId, KeyEnvironment, KeyId, Scopes};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::{ToSchema, openapi::Object};

/// A key, and whose it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Identity {
    #[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: ClientId,
    #[schema(value_type = String)]
    key_id: KeyId,
    /// What the key allows, such as `logs:write`.
    #[schema(value_type = Vec<String>)]
    scopes: Scopes,
    /// When the key ends, if it does.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(required)]
    expires_at: Option<OffsetDateTime>,
    #[schema(schema_with = label)]
    environment: KeyEnvironment,
}

fn label() -> Object {
    one_of(["live", "test"])
}

/// Show whose key this is
///
/// Any valid key is accepted.
#[utoipa::path(
    get,
    path = "/api/v1/whoami",
    operation_id = "whoami",
    tag = "keys",
    responses((status = 200, description = "The key and its client.", body = Identity)),
)]
pub(super) async fn whoami(caller: Caller) -> web::Json<Identity> {
    web::Json(Identity {
        client_id: caller.client_id().clone(),
        key_id: caller.key_id().clone(),
        scopes: caller.scopes().clone(),
        expires_at: caller.expires_at(),
        environment: caller.environment(),
    })
}

/// Decide whether a gateway lets a request through
///
/// Gateways ask this with the method and headers of the request that they hold. Any valid key is accepted.
/// The answer is 200 and no other 2xx, since Envoy lets nothing else through.
#[utoipa::path(
    method(get, put, post, delete, options, head, patch, trace),
    path = "/api/v1/verify",
    operation_id = "verify",
    tag = "keys",
    responses((
        status = 200,
        description = "The key is valid.",
        headers(("X-Client-Id"), ("X-Key-Id"), ("X-Key-Scopes"), ("X-Key-Environment")),
    )),
)]
pub(super) async fn verify(caller: Caller) -> HttpResponse {
    let mut response = HttpResponse::Ok().finish();
    let headers = response.headers_mut();
    let mut add = |fields: &IdentityHeaders| {
        for (name, value) in IDENTITY_HEADERS.iter().zip(&fields.0) {
            headers.insert(name.clone(), value.clone());
        }
    };
    match caller.beside(|| IdentityHeaders::of(&caller)) {
        Some(made_before) => add(made_before),
        None => add(&IdentityHeaders::of(&caller)),
    }
    response
}

const IDENTITY_HEADERS: [HeaderName; 4] = [
    HeaderName::from_static("x-client-id"),
    HeaderName::from_static("x-key-id"),
    HeaderName::from_static("x-key-scopes"),
    HeaderName::from_static("x-key-environment"),
];

/// The values of [`IDENTITY_HEADERS`], which are made once for a key that is in memory.
struct IdentityHeaders([HeaderValue; 4]);

impl IdentityHeaders {
    fn of(caller: &Principal) -> Self {
        let value = |text: &str| {
            // What makes up an id or the name of a scope makes a value.
            HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
        };
        Self([
            value(caller.client_id().as_str()),
            value(caller.key_id().as_str()),
            value(&caller.scopes().to_string()),
            value(caller.environment().as_str()),
        ])
    }
}
