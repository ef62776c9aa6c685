//! What the holder of a link sees.

use crate::{RevealRoutes, page};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data, Path, Query},
};
use central_logger_auth_actix::Head;
use central_logger_http_api::Problem;
use central_logger_keyring::KeyringError;
use central_logger_operation_routes::problems::of_operation;
use central_logger_operations::OperationError;
use central_logger_reveal_links::Revealing;
use central_logger_sessions::LinkToken;
use serde::Deserialize;

const GONE: &str = "This link was used, was withdrawn or has expired: ask for another one";
const FOREIGN: &str = "A page of another site has sent this: open the link itself";
const WRONG: &str = "The passphrase is wrong";
const LAST: &str = "The passphrase is wrong, and the link is withdrawn: ask for another one";
const MISSING: &str = "This link needs a passphrase";

/// Show a reveal link
///
/// A page for a person, with a button that reveals the key. Looking at it uses nothing up.
#[utoipa::path(
    get,
    path = "/reveal/{token}",
    operation_id = "revealPage",
    tag = "server",
    params(("token" = String, Path, description = "The token of the link.", pattern = "^[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 410), (status = 500), (status = 503),
    ),
)]
pub(crate) async fn look(
    routes: Data<RevealRoutes>,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    let good = match token.parse::<LinkToken>() {
        Ok(token) => routes.holder(&request).look(&token).await,
        Err(_) => Ok(None),
    };
    Ok(match good.map_err(of_operation)? {
        Some(needs_passphrase) => page::link(StatusCode::OK, needs_passphrase, None),
        None => page::refusal(&request, StatusCode::GONE, GONE),
    })
}

#[derive(Deserialize)]
struct Form {
    passphrase: Option<String>,
}

/// Reveal the key of a link
///
/// Makes the key, shows it and uses the link up: as a page where `Accept` has `text/html`, and else as JSON. A
/// wrong passphrase is 403, and the fifth withdraws the link. A browser must send the form of the page itself:
/// another `Origin` is refused.
#[utoipa::path(
    post,
    path = "/reveal/{token}",
    operation_id = "reveal",
    tag = "server",
    params(("token" = String, Path, description = "The token of the link.", pattern = "^[0-9a-f]{64}$")),
    request_body(
        content = Option<crate::described::RevealForm>,
        content_type = "application/x-www-form-urlencoded",
    ),
    responses(
        (status = 200, description = "The key, this once.", content(
            (crate::described::RevealedKey = "application/json"),
            (String = "text/html"),
        )),
        (status = 403), (status = 409), (status = 410), (status = 413), (status = 500), (status = 503),
    ),
)]
pub(crate) async fn reveal(
    routes: Data<RevealRoutes>,
    request: HttpRequest,
    token: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if routes.shared.cookies.is_foreign(&Head(&request)) {
        return Ok(page::refusal(&request, StatusCode::FORBIDDEN, FOREIGN));
    }
    let gone = || page::refusal(&request, StatusCode::GONE, GONE);
    let Ok(token) = token.parse::<LinkToken>() else {
        return Ok(gone());
    };
    let said = passphrase(&body).unwrap_or_default();
    // What is no passphrase is a wrong one, though it costs no try.
    let Ok(passphrase) = said.map(|text| text.parse()).transpose() else {
        return Ok(page::ask_again(&request, WRONG));
    };
    let holder = routes.holder(&request);
    Ok(match holder.reveal(&token, passphrase.as_ref()).await {
        Ok(Revealing::Revealed(key)) => {
            let url = routes.address.base_url(&request);
            page::key(&request, &key, &url)
        }
        Ok(Revealing::NeedsPassphrase) => page::ask_again(&request, MISSING),
        Ok(Revealing::WrongPassphrase { left: 0 }) => {
            page::refusal(&request, StatusCode::FORBIDDEN, LAST)
        }
        Ok(Revealing::WrongPassphrase { .. }) => page::ask_again(&request, WRONG),
        Ok(Revealing::Gone) => gone(),
        Err(error) if has_no_key(&error) => gone(),
        Err(error) => return Err(of_operation(error)),
    })
}

/// Whether there can be no key any more, such as a successor of one that was revoked.
fn has_no_key(error: &OperationError) -> bool {
    matches!(
        error,
        OperationError::Keyring(
            KeyringError::Transition(_) | KeyringError::ExpiryPassed | KeyringError::UnknownKey(_)
        )
    )
}

/// The passphrase in a form; an empty field says none.
fn passphrase(body: &[u8]) -> Option<Option<String>> {
    let form = Query::<Form>::from_query(std::str::from_utf8(body).ok()?).ok()?;
    Some(form.into_inner().passphrase.filter(|said| !said.is_empty()))
}
