//! Badges and status pages of the calling client.

use crate::{
    channels::no_parameters,
    described,
    problems::{of_change, of_workflows},
    routes::WorkflowRoutes,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Payload},
};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Members, Parameters, Problem, text};
use central_logger_operation_routes::{Asking, answers::marked};
use central_logger_workflow_operations::{NewStatusLink, Once};
use central_logger_workflows::{channel::ChannelSubject, status_link::StatusLinkKind};
use serde_json::{Value, json};

/// List badges and status pages
///
/// Returns those that were not withdrawn, without their addresses.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/status-links",
    operation_id = "listStatusLinks",
    tag = "workflows",
    responses(
        (status = 200, description = "The links.", body = described::StatusLinks),
        (status = 422),
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    routes: web::Data<WorkflowRoutes>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    no_parameters(&parameters)?;
    let listed = routes.workflows().status_links(caller.client_id()).await;
    let links = listed.map_err(of_workflows)?;
    Ok(HttpResponse::Ok().json(json!({"links": links})))
}

/// Make a badge or a status page
///
/// Whoever knows the address of the answer, which nobody can ask for again, sees how the workflows stand, without a
/// key, until the link is withdrawn. What the workflows are called is shown with `shows_names` only.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/status-links",
    operation_id = "makeStatusLink",
    tag = "workflows",
    params(described::RequestName),
    request_body(
        content = described::NewStatusLink,
        example = json!({"kind": "badge", "environment": "prod", "workflows": ["backup"]}),
    ),
    responses(
        (status = 201, description = "The link, with its address.", body = described::MadeStatusLink),
        (
            status = 200,
            description = "The link that was made before, without its address.",
            body = described::StatusLink,
            headers(("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn make(
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let sent = asking.read(&request, payload).await?;
    let new = new_link(sent.members)?;
    let operations = routes.operations(&asking).repeatable(sent.named);
    let (client, base_url) = (caller.client_id(), routes.address.base_url(&request));
    let made = operations.add_status_link(client, new, &base_url).await;
    match made.map_err(of_change)? {
        Once::Done(made) => Ok(HttpResponse::Created().json(made)),
        Once::Repeated => {
            let found = operations.repeated_status_link(client).await;
            let found = found.map_err(of_change)?;
            let link = found.ok_or_else(|| unknown("that was made"))?;
            Ok(marked(true, HttpResponse::Ok().json(link)))
        }
    }
}

/// Withdraw a badge or a status page
///
/// Its address shows nothing any more; what was kept between may for another minute.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    delete,
    path = "/api/v1/status-links/{id}",
    operation_id = "withdrawStatusLink",
    tag = "workflows",
    params(("id" = String, Path, description = "The id of the link.")),
    responses((status = 204, description = "It is withdrawn."), (status = 404)),
)]
pub(crate) async fn withdraw(
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let operations = routes.operations(&asking);
    let withdrawn = operations.withdraw_status_link(caller.client_id(), &id);
    match withdrawn.await.map_err(of_change)? {
        Once::Done(None) => Err(unknown(&id)),
        Once::Done(Some(_)) | Once::Repeated => Ok(HttpResponse::NoContent().finish()),
    }
}

fn new_link(mut members: Members) -> Result<NewStatusLink, Problem> {
    let kind = members.need("kind", kind);
    let title = members.take("title", text);
    let environment = members.take("environment", text);
    let most = ChannelSubject::MOST_WORKFLOWS;
    let workflows = members.list("workflows", most).flatten();
    let shows_names = members.take("shows_names", |value| {
        value
            .as_bool()
            .ok_or_else(|| "must be true or false".to_owned())
    });
    members.finish()?;
    Ok(NewStatusLink {
        // Without one there was a fault.
        kind: kind.ok_or_else(|| Problem::faulty_members(Default::default()))?,
        title,
        about: ChannelSubject {
            environment,
            workflows: workflows.unwrap_or_default(),
        },
        shows_names: shows_names.unwrap_or(false),
    })
}

fn kind(value: &Value) -> Result<StatusLinkKind, String> {
    let kind = serde_json::from_value(value.clone());
    kind.map_err(|_| "must be badge or page".to_owned())
}

fn unknown(id: &str) -> Problem {
    let detail = format!("There is no status link {id}");
    Problem::new(StatusCode::NOT_FOUND, detail)
}
