//! Whether a mailbox wants messages, as whoever reads it answers: without a key, and without a cookie.

use crate::{
    problems::{of_change, of_workflows},
    routes::WorkflowRoutes,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderName, HeaderValue, REFERRER_POLICY},
    },
    web,
};
use central_logger_auth_actix::Head;
use central_logger_http_api::{Problem, wants_page};
use central_logger_key_store::{Actor, Via};
use central_logger_keys::ClientId;
use central_logger_operation_routes::network;
use central_logger_operations::Caller;
use central_logger_pages::{Page, banner, line};
use central_logger_sessions::LinkToken;
use central_logger_workflow_channels::ChannelView;
use central_logger_workflow_operations::{Once, WorkflowOperations};
use maud::{Markup, html};

const GONE: &str = "This link was used, has expired, or its channel was removed";
const FOREIGN: &str = "A page of another site has sent this: open the link itself";

/// Where a link leads: the client, the channel and the token.
type Place = (String, String, String);

/// Ask whether a mailbox wants messages
///
/// A page for the reader of a mailbox, with a button that allows messages about incidents of a client to go there.
/// Looking at it uses nothing up.
#[utoipa::path(
    get,
    path = "/confirm/{client_id}/{id}/{token}",
    operation_id = "confirmPage",
    tag = "server",
    params(
        ("client_id" = String, Path, description = "The client."),
        ("id" = String, Path, description = "The id of the channel."),
        ("token" = String, Path, description = "The token of the link.", pattern = "^[0-9a-f]{64}$"),
    ),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 410),
        (status = 500), (status = 503),
    ),
)]
pub(crate) async fn look(
    routes: web::Data<WorkflowRoutes>,
    request: HttpRequest,
    place: web::Path<Place>,
) -> Result<HttpResponse, Problem> {
    let Some((client, id, token)) = parts(&place) else {
        return Ok(refusal(&request, StatusCode::GONE, GONE));
    };
    let asked = routes.channels().asked(&client, id, &token).await;
    Ok(match asked.map_err(of_workflows)? {
        Some(channel) => card(StatusCode::OK, question(&client, &channel)),
        None => refusal(&request, StatusCode::GONE, GONE),
    })
}

/// Allow messages to a mailbox
///
/// Messages about incidents go there from now on, and the link is used up. A browser must send the form of the page
/// itself: another `Origin` is refused.
#[utoipa::path(
    post,
    path = "/confirm/{client_id}/{id}/{token}",
    operation_id = "confirmChannel",
    tag = "server",
    params(
        ("client_id" = String, Path, description = "The client."),
        ("id" = String, Path, description = "The id of the channel."),
        ("token" = String, Path, description = "The token of the link.", pattern = "^[0-9a-f]{64}$"),
    ),
    responses(
        (status = 200, description = "Messages go there.", body = String, content_type = "text/html"),
        (status = 403),
        (status = 410),
        (status = 500), (status = 503),
    ),
)]
pub(crate) async fn confirm(
    routes: web::Data<WorkflowRoutes>,
    request: HttpRequest,
    place: web::Path<Place>,
) -> Result<HttpResponse, Problem> {
    if routes.shared.cookies.is_foreign(&Head(&request)) {
        return Ok(refusal(&request, StatusCode::FORBIDDEN, FOREIGN));
    }
    let Some((client, id, token)) = parts(&place) else {
        return Ok(refusal(&request, StatusCode::GONE, GONE));
    };
    let operations = of_reader(&routes, &request);
    let confirmed = operations.confirm_channel(&client, id, &token).await;
    Ok(match confirmed.map_err(of_change)? {
        Once::Done(Some(_)) => card(StatusCode::OK, done(&client)),
        Once::Done(None) | Once::Repeated => refusal(&request, StatusCode::GONE, GONE),
    })
}

fn parts(place: &Place) -> Option<(ClientId, &str, LinkToken)> {
    let (client, id, token) = place;
    Some((client.parse().ok()?, id, token.parse().ok()?))
}

/// What is changed in the name of whoever reads the mailbox.
fn of_reader(routes: &WorkflowRoutes, request: &HttpRequest) -> WorkflowOperations {
    let actor = Actor::server("reader of a mailbox").coming_via(Via::Http);
    let actor = match network(request) {
        Some(network) => actor.from_network(&network),
        None => actor,
    };
    let operations = routes.shared.operations(Caller::Provider(actor));
    WorkflowOperations::new(operations, routes.workflows(), routes.channels())
}

fn question(client: &ClientId, channel: &ChannelView) -> Markup {
    let address = channel.address.as_deref().unwrap_or_default();
    html! {
        p {
            "Messages about failed, hanging or missing runs of workflows of " strong { (line(client.as_str())) }
            " are to go to " strong { (line(address)) } "."
        }
        form method="post" { button.primary type="submit" { "Send them here" } }
        p.soft { "If you want none, close this page: nothing is sent." }
    }
}

fn done(client: &ClientId) -> Markup {
    banner::done(html! {
        p { "Messages about workflows of " (line(client.as_str())) " go to this mailbox from now on." }
    })
}

/// The same refusal as a page for people, and as a problem for programs.
fn refusal(request: &HttpRequest, status: StatusCode, detail: &'static str) -> HttpResponse {
    if !wants_page(request.headers()) {
        return sealed(Problem::new(status, detail).to_response());
    }
    card(status, banner::problem(html! { p { (detail) "." } }))
}

fn card(status: StatusCode, content: Markup) -> HttpResponse {
    let page = Page::new("Messages about workflows", content).as_card();
    sealed(page.answer(status))
}

/// The address has the token in it, so it goes to no other site, and the answer is kept nowhere.
fn sealed(mut answer: HttpResponse) -> HttpResponse {
    for (name, value) in [
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        let value = HeaderValue::from_static(value);
        answer.headers_mut().insert(name, value);
    }
    answer
}
