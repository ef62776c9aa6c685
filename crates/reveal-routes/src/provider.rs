//! What the provider asks for.

use crate::{
    RevealRoutes,
    described::{
        LinksQuery, MadeLink, NewLink, RequestName, RevealLink, RevealLinks, WithdrawnLink,
    },
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use central_logger_http_api::{Members, Parameters, Problem, text};
use central_logger_key_routes::requests::new_key;
use central_logger_keyring::KeyringError;
use central_logger_keys::{ClientId, KeyId};
use central_logger_operation_routes::{
    Asking, Query,
    answers::{marked, milliseconds},
    problems::of_operation,
    values::duration,
};
use central_logger_operations::{Change, Once, OperationError, Operations, Repeated};
use central_logger_reveal_links::{self as links, NewRevealLink, RevealLinkView};
use serde::Serialize;
use time::OffsetDateTime;

/// List reveal links
///
/// The newest first, up to 30 days after their end.
///
/// Requires the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/reveal-links",
    operation_id = "listRevealLinks",
    tag = "provider",
    params(LinksQuery),
    responses(
        (status = 200, description = "The links, the newest first.", body = RevealLinks),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
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
    let links = links::RevealLinks::of(&asking.operations);
    let listed = links.page(client.as_ref(), &page).await;
    Ok(HttpResponse::Ok().json(listed.map_err(of_operation)?))
}

/// Make a reveal link
///
/// A client that opens it gets a key, once. The key comes into being then, and there is nothing of it before.
/// The answer is the only one that shows the address.
///
/// Requires the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/reveal-links",
    operation_id = "makeRevealLink",
    tag = "provider",
    params(RequestName),
    request_body(content = NewLink, example = json!({"client_id": "globex", "valid": "24h"})),
    responses(
        (status = 201, description = "The link.", body = MadeLink),
        (
            status = 200,
            description = "The link that was made before, as it is now, without its address.",
            body = RevealLink,
            headers(("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn make(
    asking: Asking,
    routes: web::Data<RevealRoutes>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if !routes.has_pages {
        let detail =
            "This server has no pages, so nobody could open the link: LOGGER_CONSOLE is off";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let sent = asking.read(&request, payload).await?;
    let new = new_link(sent.members, asking.now())?;
    let base_url = routes.address.base_url(&request);
    let make = async |operations: Operations| {
        links::RevealLinks::of(&operations)
            .make(new, &base_url)
            .await
    };
    match asking.once(sent.named, make).await? {
        Once::Done(made) => Ok(HttpResponse::Created().json(&made.result)),
        Once::Repeated(repeated) => made_before(&asking, repeated).await,
    }
}

fn new_link(mut members: Members, now: OffsetDateTime) -> Result<NewRevealLink, Problem> {
    let valid = members.take("valid", |value| {
        let valid = duration(value)?;
        match valid.is_positive() && valid <= NewRevealLink::VALID_AT_MOST {
            true => Ok(valid),
            false => Err("must be at least 1s and at most 30d".to_owned()),
        }
    });
    let passphrase = members.take("passphrase", text);
    let request = new_key(members, None, now)?;
    Ok(NewRevealLink {
        valid,
        passphrase,
        ..NewRevealLink::for_key(request.into_new_key())
    })
}

async fn made_before(asking: &Asking, repeated: Change<Repeated>) -> Result<HttpResponse, Problem> {
    let Some(id) = repeated.result.keys.first() else {
        return Err(unknown("that was made"));
    };
    let link = links::RevealLinks::of(&asking.operations).show(id).await;
    let link = link.map_err(|error| of_link(id, error))?;
    Ok(marked(true, HttpResponse::Ok().json(link)))
}

/// A link that was withdrawn, and how long that took.
#[derive(Serialize)]
struct Withdrawn {
    #[serde(flatten)]
    link: RevealLinkView,
    waited_ms: u64,
}

/// Withdraw a reveal link
///
/// No server reveals its key any more when this answers. A link whose key was revealed is 409, with the state
/// `revealed`: revoke the key. One that has ended stays as it is.
///
/// Requires the scope `provider:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/provider/reveal-links/{id}",
    operation_id = "withdrawRevealLink",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the link.")),
    responses(
        (status = 200, description = "The link, as it is now.", body = WithdrawnLink),
        (status = 404), (status = 409),
    ),
)]
pub(crate) async fn withdraw(
    asking: Asking,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: KeyId = id.parse().map_err(|_| unknown(&id))?;
    let links = links::RevealLinks::of(&asking.operations);
    let withdrawn = links.withdraw(&id).await;
    let withdrawn = withdrawn.map_err(|error| of_link(&id, error))?;
    let waited = withdrawn.everywhere().await.map_err(of_operation)?;
    Ok(HttpResponse::Ok().json(Withdrawn {
        link: withdrawn.result,
        waited_ms: milliseconds(waited),
    }))
}

fn of_link(id: &KeyId, error: OperationError) -> Problem {
    match error {
        OperationError::Keyring(KeyringError::UnknownLink(_)) => unknown(id.as_str()),
        OperationError::Keyring(KeyringError::LinkUsed { key, .. }) => {
            let detail = format!("The key of this link was revealed: revoke the key {key} instead");
            Problem::new(StatusCode::CONFLICT, detail).with_state("revealed")
        }
        error => of_operation(error),
    }
}

fn unknown(id: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("There is no reveal link {id}"),
    )
}
