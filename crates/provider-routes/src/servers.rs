//! The servers.

use actix_web::HttpResponse;
use central_logger_http_api::{Parameters, Problem};
use central_logger_operation_routes::{Asking, Query, problems::of_operation};
use utoipa::ToSchema;

/// List the servers
///
/// Returns the servers that answer from this store, and how far each has followed the changes of keys and clients. One
/// that has stopped, or cannot reach the store, is left out after its lease has run out.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/servers",
    operation_id = "listServers",
    tag = "provider",
    responses((status = 200, description = "The servers.", body = Servers), (status = 400), (status = 422)),
)]
pub(crate) async fn list(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let mut query = Query::default();
    for (name, _) in &parameters.0 {
        query.unknown(name);
    }
    query.finish()?;
    let servers = asking.operations.servers().await;
    Ok(HttpResponse::Ok().json(servers.map_err(of_operation)?))
}

/// The servers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are only described")]
struct Servers {
    /// The number of the last change.
    last_change: u64,
    servers: Vec<Server>,
}

/// A server.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are only described")]
struct Server {
    /// Where it listens, and what tells it from others there.
    server: String,
    /// How many changes of keys and clients it has not applied yet.
    changes_behind: u64,
    /// The version of the schema that its program knows.
    #[schema(required)]
    schema: Option<u64>,
}
