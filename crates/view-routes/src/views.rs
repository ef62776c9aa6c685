//! The saved views of the calling client.

use crate::{
    described,
    problems::{no_view, of_views, reads_only},
    routes::ViewRoutes,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Payload},
};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Members, Problem, body::read_small, text};
use central_logger_saved_views::{SavedViewError, ViewQuery};
use serde_json::json;

/// List saved views
///
/// Returns the views of logs that people of the client have saved, by name.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/views",
    operation_id = "listViews",
    tag = "logs",
    responses((status = 200, description = "The views.", body = described::Views)),
)]
pub(crate) async fn list(
    caller: Caller,
    routes: web::Data<ViewRoutes>,
) -> Result<HttpResponse, Problem> {
    let views = routes.views.list(caller.client_id()).await;
    Ok(HttpResponse::Ok().json(json!({"views": views.map_err(of_views)?})))
}

/// Save a view
///
/// Saves a view of logs for all people of the client, in the place of another of that name. A client has at most 100.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    put,
    path = "/api/v1/views/{name}",
    operation_id = "saveView",
    tag = "logs",
    params(("name" = String, Path, description = "The name, of 1 to 100 characters.")),
    request_body = described::NewView,
    responses(
        (status = 200, description = "The view.", body = described::View),
        (status = 400), (status = 409), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn save(
    caller: Caller,
    routes: web::Data<ViewRoutes>,
    name: web::Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    may_change(&caller)?;
    let mut members = Members::parse(&read_small(&request, payload).await?)?;
    let query = members.need("query", text::<String>);
    members.finish()?;
    let query: Result<ViewQuery, _> = query.unwrap_or_default().parse();
    let query = query.map_err(SavedViewError::from).map_err(of_views)?;
    let saved = routes
        .views
        .save(caller.client_id(), &name, query, saver(&caller));
    Ok(HttpResponse::Ok().json(saved.await.map_err(of_views)?))
}

/// Remove a saved view
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    delete,
    path = "/api/v1/views/{name}",
    operation_id = "removeView",
    tag = "logs",
    params(("name" = String, Path, description = "The name.")),
    responses((status = 204, description = "It is removed."), (status = 404)),
)]
pub(crate) async fn remove(
    caller: Caller,
    routes: web::Data<ViewRoutes>,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    may_change(&caller)?;
    let removed = routes.views.remove(caller.client_id(), &name).await;
    match removed.map_err(of_views)? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(no_view(&name)),
    }
}

fn may_change(caller: &Caller) -> Result<(), Problem> {
    match caller.session().is_some_and(|session| session.by_provider) {
        true => Err(reads_only()),
        false => Ok(()),
    }
}

/// Who saves it, for people.
fn saver(caller: &Caller) -> Option<String> {
    match caller.session() {
        Some(session) => session.name.as_ref().map(|name| name.as_str().to_owned()),
        None => Some(caller.key_id().to_string()),
    }
}
