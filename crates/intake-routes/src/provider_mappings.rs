//! Mappings of all clients, for the provider.

use crate::{Intake, mapping_bodies as bodies, mappings};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Payload},
};
use central_logger_http_api::{Parameters, Problem, body::read_small};

/// List the mappings of a client
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/intake/mappings",
    operation_id = "listMappingsOfClient",
    tag = "provider",
    params(bodies::OfClient),
    responses(
        (status = 200, description = "The mappings.", body = bodies::MappingList),
        (status = 422),
    ),
)]
pub(crate) async fn list(
    intake: web::Data<Intake>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    mappings::listed(&intake, &bodies::client(&parameters)?).await
}

/// Show a mapping of a client
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/intake/mappings/{name}",
    operation_id = "showMappingOfClient",
    tag = "provider",
    params(("name" = String, Path, description = "The name of the mapping."), bodies::OfClient),
    responses(
        (status = 200, description = "The mapping.", body = bodies::MappingShown),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn show(
    intake: web::Data<Intake>,
    name: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    mappings::shown(&intake, &bodies::client(&parameters)?, &name).await
}

/// Make or change a mapping of a client
///
/// As `PUT /api/v1/intake/mappings/{name}`, for a client.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    put,
    path = "/api/v1/provider/intake/mappings/{name}",
    operation_id = "setMappingOfClient",
    tag = "provider",
    params(("name" = String, Path, description = "The name of the mapping."), bodies::OfClient),
    request_body(
        content = bodies::NewMapping,
        example = json!({"rules": {"workflow": {"from": ["job"]}}, "sample": {"job": "backup", "message": "done"}}),
    ),
    responses(
        (status = 200, description = "The mapping, with other rules.", body = bodies::MappingShown),
        (status = 201, description = "The mapping that was made, with its secret.", body = bodies::MappingMade),
        (status = 400), (status = 409), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn set(
    intake: web::Data<Intake>,
    name: web::Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let client = bodies::client(&parameters)?;
    let body = read_small(&request, payload).await?;
    mappings::changed(&intake, &client, &name, &body).await
}

/// Remove a mapping of a client
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/provider/intake/mappings/{name}",
    operation_id = "removeMappingOfClient",
    tag = "provider",
    params(("name" = String, Path, description = "The name of the mapping."), bodies::OfClient),
    responses((status = 204, description = "It is removed."), (status = 404), (status = 422)),
)]
pub(crate) async fn remove(
    intake: web::Data<Intake>,
    name: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    mappings::removed(&intake, &bodies::client(&parameters)?, &name).await
}
