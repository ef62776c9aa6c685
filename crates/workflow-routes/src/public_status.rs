//! Badges and status pages, for whoever knows their address: without a key, and without a cookie.

use crate::{badge::badge, problems::of_workflows, routes::WorkflowRoutes};
use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY},
    },
    web,
};
use central_logger_http_api::Problem;
use central_logger_pages::{Page, banner, line, status, time};
use central_logger_sessions::LinkToken;
use central_logger_workflow_operations::status_link_key;
use central_logger_workflows::{
    Standing,
    status_link::{PublicStatus, PublicWorkflow, StatusLinkKind},
};
use maud::{Markup, html};

/// For how long browsers, and proxies between, may show the same.
const CACHED: &str = "public, max-age=60";

/// Show a badge
///
/// A picture of how workflows of a client stand. It may be a minute old.
#[utoipa::path(
    get,
    path = "/badge/{token}",
    operation_id = "showBadge",
    tag = "server",
    params(("token" = String, Path, description = "The token of the link, and `.svg`.", pattern = r"^[0-9a-f]{64}\.svg$")),
    responses(
        (status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"),
        (status = 404), (status = 500), (status = 503),
    ),
)]
pub(crate) async fn show_badge(
    routes: web::Data<WorkflowRoutes>,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let token = token.strip_suffix(".svg").ok_or_else(unknown)?;
    let found = find(&routes, token, StatusLinkKind::Badge).await?;
    let mut answer = HttpResponse::Ok()
        .content_type("image/svg+xml")
        .body(badge(&found));
    let headers = answer.headers_mut();
    let policy = HeaderName::from_static("content-security-policy");
    headers.insert(
        policy,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    open(headers);
    Ok(answer)
}

/// Show a status page
///
/// A page that says how workflows of a client stand. It may be a minute old.
#[utoipa::path(
    get,
    path = "/status/{token}",
    operation_id = "showStatus",
    tag = "server",
    params(("token" = String, Path, description = "The token of the link.", pattern = "^[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 404), (status = 500), (status = 503),
    ),
)]
pub(crate) async fn show_status(
    routes: web::Data<WorkflowRoutes>,
    token: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = find(&routes, &token, StatusLinkKind::Page).await?;
    let title = found.title.clone().unwrap_or_else(|| "Status".to_owned());
    let now = routes.shared.clock.now();
    let content = html! {
        (summary(&found.workflows))
        @if !found.workflows.is_empty() { (table(&found.workflows)) }
        p.soft { "As of " (time::minute(now)) }
    };
    let mut answer = Page::new(title, content).as_card().answer(StatusCode::OK);
    open(answer.headers_mut());
    Ok(answer)
}

fn summary(workflows: &[PublicWorkflow]) -> Markup {
    let troubled = workflows
        .iter()
        .filter(|one| one.state.is_trouble())
        .count();
    match (workflows.len(), troubled) {
        (0, _) => html! { p { "Nothing has run yet." } },
        (_, 0) => banner::done(html! { p { "All is well." } }),
        (all, troubled) => banner::problem(html! { p { (troubled) " of " (all) " in trouble." } }),
    }
}

fn table(workflows: &[PublicWorkflow]) -> Markup {
    html! {
        div.table.stack {
            table {
                thead { tr { th scope="col" { "Workflow" } th scope="col" { "State" } th scope="col" { "Last run" } } }
                tbody {
                    @for (index, one) in workflows.iter().enumerate() {
                        tr {
                            th scope="row" {
                                @match &one.name {
                                    Some((workflow, environment)) => {
                                        (line(workflow)) div.soft { (line(environment)) }
                                    }
                                    None => { "Workflow " (index + 1) }
                                }
                            }
                            td { (state(one.state)) }
                            td {
                                @match one.last_started_at {
                                    Some(started_at) => (time::minute(started_at)),
                                    None => "never",
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn state(standing: Standing) -> Markup {
    status::badge(standing.as_str())
}

async fn find(
    routes: &WorkflowRoutes,
    token: &str,
    kind: StatusLinkKind,
) -> Result<PublicStatus, Problem> {
    let token: LinkToken = token.parse().map_err(|_| unknown())?;
    let key = status_link_key(&token);
    let found = routes.workflows().public_status(&key).await;
    let found = found.map_err(of_workflows)?;
    found.filter(|found| found.kind == kind).ok_or_else(unknown)
}

/// Others may show it, and keep it for a minute; nobody lists it.
fn open(headers: &mut HeaderMap) {
    for (name, value) in [
        (CACHE_CONTROL, CACHED),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn unknown() -> Problem {
    let detail = "There is nothing at this address: the link was withdrawn, or never was";
    Problem::new(StatusCode::NOT_FOUND, detail)
}
