//! Who a key belongs to: for clients, and for gateways that ask before they let a request through.

use actix_web::{
    HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web::{self, ReqData},
};
use central_logger_auth::{AnyPrincipal, Principal};
use central_logger_auth_actix::Caller;
use central_logger_http_api::openapi::one_of;
use central_logger_keys::{ClientId, KeyEnvironment, KeyId, Scopes};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::{ToSchema, openapi::Object};

/// A key or a session, and whose it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Identity {
    #[schema(schema_with = kind)]
    kind: &'static str,
    /// The client; null for the provider.
    #[schema(value_type = Option<String>, required, pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: Option<ClientId>,
    /// The key, or the one that the session came from, if it came from one of the client's.
    #[schema(value_type = Option<String>, required)]
    key_id: Option<KeyId>,
    /// The session, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    session_id: Option<KeyId>,
    /// The person of the session, if it has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    name: Option<String>,
    /// What the key or the session allows, such as `logs:write`.
    #[schema(value_type = Vec<String>)]
    scopes: Scopes,
    /// When the key or the session ends, if it does.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(required)]
    expires_at: Option<OffsetDateTime>,
    #[schema(schema_with = label)]
    environment: KeyEnvironment,
}

fn kind() -> Object {
    one_of(["key", "session", "provider"])
}

fn label() -> Object {
    one_of(["live", "test"])
}

/// Show whose key or session this is
///
/// Any valid key is accepted, and any session. Keys and sessions of the provider are of the kind `provider`.
#[utoipa::path(
    get,
    path = "/api/v1/whoami",
    operation_id = "whoami",
    tag = "keys",
    responses((status = 200, description = "The key or session, and its client.", body = Identity)),
)]
pub(super) async fn whoami(caller: ReqData<AnyPrincipal>) -> web::Json<Identity> {
    let (record, session) = (caller.record(), caller.session());
    let kind = match (&*caller, session) {
        (AnyPrincipal::Provider(_), _) => "provider",
        (AnyPrincipal::Client(_), Some(_)) => "session",
        (AnyPrincipal::Client(_), None) => "key",
    };
    let is_of_key = session.is_none_or(|session| session.id != record.id);
    let name = session.and_then(|session| session.name.as_ref());
    web::Json(Identity {
        kind,
        client_id: record.client().cloned(),
        key_id: is_of_key.then(|| record.id.clone()),
        session_id: session.map(|session| session.id.clone()),
        name: name.map(ToString::to_string),
        scopes: record.scopes.clone(),
        expires_at: record.ends_at(),
        environment: record.environment,
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
