//! Signing in by a link. The address has the token in it: it is in no log, since routes are named by their
//! patterns.

use crate::{
    SessionRoutes, host,
    page::{self, refusal, sealed},
    problem::{needs_https, no_console, problem},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{LOCATION, SET_COOKIE},
    },
    web::{Data, Path},
};
use central_logger_auth::SessionKind;
use central_logger_auth_actix::Head;
use central_logger_http_api::Problem;
use central_logger_key_store::Actor;
use central_logger_sessions::LinkToken;

/// Where people are led who have signed in.
const WELCOME: &str = "/console";

const GONE: &str = "This link was used, was withdrawn or has expired: ask for another one";
const FOREIGN: &str = "A page of another site has sent this: open the link itself";

/// Show a sign-in link
///
/// A page for a person, with a button that signs in. Looking at it uses nothing up.
#[utoipa::path(
    get,
    path = "/sign-in/{token}",
    operation_id = "signInPage",
    tag = "server",
    params(("token" = String, Path, description = "The token of the link.", pattern = "^[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 409), (status = 410), (status = 500), (status = 503),
    ),
)]
pub(crate) async fn page(
    routes: Data<SessionRoutes>,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    if !routes.has_console {
        return Err(no_console());
    }
    let operations = routes.operations(nobody());
    let is_good = match token.parse::<LinkToken>() {
        Ok(token) => operations.is_good(&token).await.map_err(problem)?,
        Err(_) => false,
    };
    Ok(match is_good {
        true => page::sign_in(),
        false => refusal(&request, StatusCode::GONE, GONE),
    })
}

/// Sign in by a link
///
/// Uses the link up and begins a session, whose cookie is set. A browser must send the form of the page itself:
/// another `Origin` is refused.
#[utoipa::path(
    post,
    path = "/sign-in/{token}",
    operation_id = "signIn",
    tag = "server",
    params(("token" = String, Path, description = "The token of the link.", pattern = "^[0-9a-f]{64}$")),
    responses(
        (status = 303, description = "Signed in; the cookie is set.", headers(("Location"))),
        (status = 403), (status = 409), (status = 410), (status = 500), (status = 503),
    ),
)]
pub(crate) async fn redeem(
    routes: Data<SessionRoutes>,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    if !routes.has_console {
        return Err(no_console());
    }
    if routes.cookies.is_foreign(&Head(&request)) {
        return Ok(refusal(&request, StatusCode::FORBIDDEN, FOREIGN));
    }
    if routes
        .cookies
        .name(SessionKind::Client, host(&request))
        .is_none()
    {
        return Err(needs_https());
    }
    let gone = || refusal(&request, StatusCode::GONE, GONE);
    let Ok(token) = token.parse::<LinkToken>() else {
        return Ok(gone());
    };
    let (operations, network) = (routes.operations(nobody()), routes.network(&request));
    let redeemed = operations.redeem(&token, routes.lengths, network.as_deref());
    let Some(begun) = redeemed.await.map_err(problem)? else {
        return Ok(gone());
    };
    let kind = SessionKind::from(&begun.session.owner());
    let cookie = routes.cookies.set(kind, host(&request), &begun.token);
    let response = HttpResponse::SeeOther()
        .insert_header((SET_COOKIE, cookie.ok_or_else(needs_https)?))
        .insert_header((LOCATION, WELCOME))
        .finish();
    Ok(sealed(response))
}

/// Whoever holds the link: the trail names the person of the session instead.
fn nobody() -> Actor {
    Actor::server("sign-in")
}
