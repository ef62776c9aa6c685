//! Sessions of all, and sign-in links, for the provider.

use crate::{
    SessionRoutes,
    problem::{no_console, problem, unknown},
    view::{AllSessionsQuery, Ended, RequestName, Sessions},
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Data, Json, Path, Payload, ReqData},
};
use central_logger_auth::ProviderPrincipal;
use central_logger_http_api::{Members, Parameters, Problem, body::read_small, text};
use central_logger_keyring::KeyringError;
use central_logger_keys::{ClientId, KeyId, KeyOwner, Scope, Scopes};
use central_logger_operation_routes::{
    Query,
    answers::marked,
    named,
    values::{duration, flag, line},
};
use central_logger_operations::{
    OperationError,
    sessions::{LinkMaker, NewSignInLink},
};
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

/// The most scopes that a link may name.
const MAX_SCOPES: usize = 100;

/// List sessions
///
/// Those of a client, or of all clients and the provider.
///
/// Requires the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/sessions",
    operation_id = "listAllSessions",
    tag = "provider",
    params(AllSessionsQuery),
    responses(
        (status = 200, description = "The live sessions.", body = Sessions),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(
    caller: ReqData<ProviderPrincipal>,
    routes: Data<SessionRoutes>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let (mut query, mut client) = (Query::default(), None::<ClientId>);
    let (mut limit, mut after) = (None, None);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "client_id" => query.set(name, value, &mut client),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut after),
            _ => query.unknown(name),
        }
    }
    let page = query.largest_page(limit, after);
    query.finish()?;
    let owner = client.map(KeyOwner::from);
    let operations = routes.operations(caller.actor());
    let listed = operations.page(owner.as_ref(), |_| true, &page).await;
    Ok(HttpResponse::Ok().json(listed.map_err(problem)?))
}

/// End a session
///
/// No server accepts a request under it any more when this answers.
///
/// Requires the scope `provider:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/provider/sessions/{id}",
    operation_id = "endAnySession",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the session.")),
    responses(
        (status = 200, description = "The session has ended.", body = Ended),
        (status = 404),
    ),
)]
pub(crate) async fn end(
    caller: ReqData<ProviderPrincipal>,
    routes: Data<SessionRoutes>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<Json<Ended>, Problem> {
    let id: KeyId = id.parse().map_err(|_| unknown(&id))?;
    let operations = routes.operations_of(caller.actor(), &request);
    let ended = operations.end(&id).await.map_err(problem)?;
    Ok(web::Json(Ended {
        ended: ended.ended,
        waited_ms: ended.waited_ms,
    }))
}

/// A sign-in link that is wanted: `client_id` or `provider`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct WantedLink {
    /// The client for which the person will act.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: Option<String>,
    /// Whether the person will act for the provider.
    provider: Option<bool>,
    /// Who it is for.
    #[schema(min_length = 1, max_length = 128)]
    name: Option<String>,
    /// What the session will allow; `logs:read`, or `provider:read` for the provider, without it.
    #[schema(min_items = 1)]
    scopes: Option<Vec<String>>,
    /// How long the link is good: a duration of 1s to 24h.
    #[schema(default = "15m")]
    valid: Option<String>,
}

/// A sign-in link, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInLink {
    /// The address that the person opens; not in the answer to a repeat.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    url: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// Make a sign-in link
///
/// A person who opens it signs in, once. One for the provider has at most the scopes of the key, and all
/// end with the key, as do the sessions that they make. A repeat under the same `Idempotency-Key` makes no
/// second link and does not show the address again.
///
/// Requires the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/sign-in-links",
    operation_id = "makeSignInLink",
    tag = "provider",
    params(RequestName),
    request_body(content = WantedLink, example = json!({"client_id": "example_org", "name": "Alice", "scopes": ["logs:read"]})),
    responses(
        (status = 201, description = "The link.", body = SignInLink),
        (status = 200, description = "The link was made before, for the same request.", body = SignInLink, headers(("Idempotency-Replayed"))),
        (status = 400), (status = 408), (status = 409), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn make_link(
    caller: ReqData<ProviderPrincipal>,
    routes: Data<SessionRoutes>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    if !routes.has_console {
        return Err(no_console());
    }
    let body = read_small(&request, payload).await?;
    let new = wanted(Members::parse(&body)?)?;
    let (valid_for, asks) = (new.valid_for().map_err(problem)?, caller.session());
    let asks = asks.map_or(caller.key_id(), |session| &session.id);
    let operations = routes.operations_of(caller.actor(), &request);
    let operations = operations.repeatable(named(asks, &request, &body)?);
    let maker = LinkMaker {
        owner: &KeyOwner::Provider,
        scopes: caller.scopes(),
        key_id: match caller.session() {
            Some(session) => session.key_id.as_ref(),
            None => Some(caller.key_id()),
        },
    };
    let base_url = routes.address.base_url(&request);
    let made = operations.make_link(new, Some(maker), &base_url).await;
    match made {
        Ok(made) => Ok(HttpResponse::Created().json(SignInLink {
            url: Some(made.url),
            expires_at: made.expires_at,
        })),
        // The body is the same, so the link was to be good for as long.
        Err(OperationError::Keyring(KeyringError::AlreadyDone(receipt))) => {
            let expires_at = receipt.at + valid_for;
            let link = SignInLink {
                url: None,
                expires_at,
            };
            Ok(marked(true, HttpResponse::Ok().json(link)))
        }
        Err(error) => Err(problem(error)),
    }
}

fn wanted(mut members: Members) -> Result<NewSignInLink, Problem> {
    let owner = match members.take("provider", flag).unwrap_or_default() {
        true => {
            let client: Option<ClientId> = members.take("client_id", text);
            if client.is_some() {
                members.fault("client_id", "cannot be named beside provider: true");
            }
            Some(KeyOwner::Provider)
        }
        false => {
            let client: Option<ClientId> = members.need("client_id", text);
            client.map(KeyOwner::from)
        }
    };
    let name = members.take("name", line(NewSignInLink::NAME_AT_MOST));
    let scopes = members.list::<Scope>("scopes", MAX_SCOPES).flatten();
    let valid = members.take("valid", |value| {
        let valid = duration(value)?;
        match valid >= Duration::SECOND && valid <= NewSignInLink::VALID_AT_MOST {
            true => Ok(valid),
            false => Err("must be 1s to 24h".to_owned()),
        }
    });
    members.finish()?;
    // Without one there was a fault.
    let owner = owner.ok_or_else(|| Problem::faulty_members(Default::default()))?;
    Ok(NewSignInLink {
        name,
        scopes: scopes.map(Scopes::from),
        valid,
        ..NewSignInLink::for_owner(owner)
    })
}
