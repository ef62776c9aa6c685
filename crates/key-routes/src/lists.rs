//! Looking at keys.

use crate::described::{KeyDetails, KeyPage, ListQuery};
use actix_web::{HttpResponse, web};
use central_logger_http_api::{Parameters, Problem};
use central_logger_operation_routes::{
    Asking, Query,
    answers::versioned,
    problems::{key_id, of_operation},
};
use central_logger_operations::{keys::KeyFilter, paging::PageRequest};
use central_logger_times::UnitDuration;

/// List keys
///
/// Returns the keys of the client, oldest first.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    operation_id = "listKeys",
    tag = "keys",
    params(ListQuery),
    responses(
        (status = 200, description = "The keys, without secrets.", body = KeyPage),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let (filter, page) = query(parameters, asking.client.is_none())?;
    let listed = asking.operations.page(&filter, &page).await;
    Ok(HttpResponse::Ok().json(listed.map_err(of_operation)?))
}

/// Show a key
///
/// Returns a key with its predecessor and successor, its usage of the last 24 hours, and its alerts of the
/// last 7 days that nobody has acknowledged. A key of another client is not found.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/keys/{id}",
    operation_id = "showKey",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key.")),
    responses(
        (status = 200, description = "The key.", body = KeyDetails, headers(("ETag"))),
        (status = 404),
    ),
)]
pub(crate) async fn show(asking: Asking, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let details = asking.operations.show(&key_id(&id)?).await;
    let details = details.map_err(of_operation)?;
    Ok(versioned(&details, details.key.etag))
}

fn query(parameters: Parameters, names_client: bool) -> Result<(KeyFilter, PageRequest), Problem> {
    let mut query = Query::default();
    let (mut filter, mut limit, mut after) = (KeyFilter::default(), None, None);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "status" => query.set(name, value, &mut filter.status),
            "due" => {
                let mut age = None;
                query.set::<UnitDuration>(name, value, &mut age);
                filter.due = age.map(UnitDuration::duration);
            }
            "q" if value.is_empty() => query.fault(name, "must not be empty"),
            "q" => query.set(name, value, &mut filter.part),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut after),
            "client_id" if names_client => query.set(name, value, &mut filter.client),
            _ => query.unknown(name),
        }
    }
    let limit = query.limit(limit);
    query.finish()?;
    Ok((filter, PageRequest { limit, after }))
}
