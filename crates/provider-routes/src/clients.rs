//! Looking at clients.

use crate::described::{Client, ClientPage, ClientQuery};
use actix_web::{HttpResponse, web};
use central_logger_http_api::{Parameters, Problem};
use central_logger_operation_routes::{
    Asking, Query,
    answers::versioned,
    problems::{client_id, of_operation},
};
use central_logger_operations::clients::ClientFilter;

/// List clients
///
/// Returns the clients that something is set for, that have a key that is not revoked, or that have used a
/// static key in the last 24 hours.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/clients",
    operation_id = "listClients",
    tag = "provider",
    params(ClientQuery),
    responses(
        (status = 200, description = "The clients.", body = ClientPage),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let listed = asking.operations.clients(&filter(&parameters)?).await;
    Ok(HttpResponse::Ok().json(listed.map_err(of_operation)?))
}

/// Show a client
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/clients/{id}",
    operation_id = "showClient",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the client.")),
    responses(
        (status = 200, description = "The client.", body = Client, headers(("ETag"))),
        (status = 404),
    ),
)]
pub(crate) async fn show(asking: Asking, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let client = asking.operations.client(&client_id(&id)?).await;
    let client = client.map_err(of_operation)?;
    Ok(versioned(&client, client.etag))
}

fn filter(parameters: &Parameters) -> Result<ClientFilter, Problem> {
    let mut query = Query::default();
    let (mut filter, mut limit, mut order) = (ClientFilter::default(), None, None);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "q" | "external_id" if value.is_empty() => query.fault(name, "must not be empty"),
            "q" => query.set(name, value, &mut filter.q),
            "external_id" => query.set(name, value, &mut filter.external_id),
            "order" => query.set(name, value, &mut order),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut filter.cursor),
            _ => query.unknown(name),
        }
    }
    filter.limit = Some(query.limit(limit));
    filter.order = order.unwrap_or_default();
    query.finish()?;
    Ok(filter)
}
