//! Mappings of the calling client, and trials of rules.

use crate::{Intake, mapping_bodies as bodies};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Payload},
};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{
    Parameters, Problem,
    body::read_small,
    idempotency::{SafeToRepeat, check},
};
use central_logger_intake_mappings::{MappingError, MappingName, Trial};
use central_logger_keys::ClientId;
use central_logger_log_store::{ValidationError, ValidationErrors};
use central_logger_text::Report;
use serde_json::json;

/// List mappings
///
/// Returns the client's rules for foreign fields, by their names. Those named `default` hold for all foreign
/// protocols; each holds at its hook.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/intake/mappings",
    operation_id = "listMappings",
    tag = "shippers",
    responses(
        (status = 200, description = "The mappings.", body = bodies::MappingList),
        (status = 422),
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    intake: web::Data<Intake>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    bodies::no_parameters(&parameters)?;
    listed(&intake, caller.client_id()).await
}

/// Show a mapping
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/intake/mappings/{name}",
    operation_id = "showMapping",
    tag = "shippers",
    params(("name" = String, Path, description = "The name of the mapping.")),
    responses(
        (status = 200, description = "The mapping.", body = bodies::MappingShown),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn show(
    caller: Caller,
    intake: web::Data<Intake>,
    name: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    bodies::no_parameters(&parameters)?;
    shown(&intake, caller.client_id(), &name).await
}

/// Make or change a mapping
///
/// Sets the rules in the place of those that there were. With a sample, they hold only if each of them finds
/// something in it. A mapping that is made gets an id, which stands in the path of its hook, and a secret, which
/// nobody can ask for again; both stay when the rules change. On other servers a change holds after a second.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    put,
    path = "/api/v1/intake/mappings/{name}",
    operation_id = "setMapping",
    tag = "shippers",
    params(("name" = String, Path, description = "The name of the mapping: 1 to 64 of a-z, 0-9, _ and -.")),
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
    caller: Caller,
    intake: web::Data<Intake>,
    name: web::Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    bodies::no_parameters(&parameters)?;
    let body = read_small(&request, payload).await?;
    changed(&intake, caller.client_id(), &name, &body).await
}

/// Remove a mapping
///
/// Its hook ends with it.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    delete,
    path = "/api/v1/intake/mappings/{name}",
    operation_id = "removeMapping",
    tag = "shippers",
    params(("name" = String, Path, description = "The name of the mapping.")),
    responses((status = 204, description = "It is removed."), (status = 404), (status = 422)),
)]
pub(crate) async fn remove(
    caller: Caller,
    intake: web::Data<Intake>,
    name: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    bodies::no_parameters(&parameters)?;
    removed(&intake, caller.client_id(), &name).await
}

/// Try rules on a sample
///
/// Returns the entries that would be stored of the sample, which fields their rules find nothing for, and stores
/// nothing. Without rules it shows what the protocol makes of the sample by itself.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/intake/try",
    operation_id = "tryMapping",
    tag = "shippers",
    params(SafeToRepeat),
    request_body(
        content = bodies::NewTrial,
        example = json!({"rules": {"workflow": {"from": ["job"]}}, "sample": {"job": "backup", "message": "done"}}),
    ),
    responses(
        (status = 200, description = "What would be stored.", body = bodies::TrialShown),
        (status = 400), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn try_rules(
    caller: Caller,
    intake: web::Data<Intake>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    bodies::no_parameters(&parameters)?;
    check(&request)?;
    let asked = bodies::Asked::parse(&read_small(&request, payload).await?, true)?;
    let sample = asked
        .sample()
        .ok_or_else(|| fault("sample", "is missing"))?;
    let rules = asked.rules.clone().unwrap_or_default();
    let tried = Trial::of(&rules, &sample, caller.client_id(), intake.clock.now());
    Ok(HttpResponse::Ok().json(tried.map_err(of_mappings)?))
}

pub(crate) async fn listed(intake: &Intake, client: &ClientId) -> Result<HttpResponse, Problem> {
    let mappings = intake.mappings.list(client).await.map_err(of_mappings)?;
    Ok(HttpResponse::Ok().json(json!({"mappings": mappings})))
}

pub(crate) async fn shown(
    intake: &Intake,
    client: &ClientId,
    name: &str,
) -> Result<HttpResponse, Problem> {
    let found = match name.parse::<MappingName>() {
        Ok(name) => intake.mappings.show(client, &name).await,
        Err(_) => Ok(None),
    };
    let found = found
        .map_err(of_mappings)?
        .ok_or_else(|| no_mapping(name))?;
    Ok(HttpResponse::Ok().json(found))
}

pub(crate) async fn changed(
    intake: &Intake,
    client: &ClientId,
    name: &str,
    body: &[u8],
) -> Result<HttpResponse, Problem> {
    let asked = bodies::Asked::parse(body, false)?;
    let name: MappingName = name
        .parse()
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{error}")))?;
    let set = asked
        .set(name)
        .ok_or_else(|| fault("rules", "is missing"))?;
    let view = intake
        .mappings
        .set(client, set)
        .await
        .map_err(of_mappings)?;
    Ok(match view.secret {
        Some(_) => HttpResponse::Created().json(view),
        None => HttpResponse::Ok().json(view),
    })
}

pub(crate) async fn removed(
    intake: &Intake,
    client: &ClientId,
    name: &str,
) -> Result<HttpResponse, Problem> {
    let removed = match name.parse::<MappingName>() {
        Ok(name) => intake.mappings.remove(client, &name).await,
        Err(_) => Ok(false),
    };
    match removed.map_err(of_mappings)? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(no_mapping(name)),
    }
}

/// Returns the answer to what is refused or has failed.
pub fn of_mappings(error: MappingError) -> Problem {
    match error {
        MappingError::Rules(error) => fault("rules", error.to_string()),
        error @ (MappingError::Sample(_) | MappingError::WithoutEffect(_)) => {
            fault("sample", error.to_string())
        }
        error @ MappingError::TooMany => {
            Problem::new(StatusCode::CONFLICT, capital(&error)).with_state("limit_reached")
        }
        error if error.is_transient() => {
            tracing::debug!(error = %Report(&error), "mappings not available");
            let detail = "The store does not answer at the moment: please try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        error => Problem::failed(&error, "working with mappings"),
    }
}

fn capital(error: &MappingError) -> String {
    let text = error.to_string();
    text[..1].to_uppercase() + &text[1..]
}

fn fault(member: &str, message: impl Into<String>) -> Problem {
    let error = ValidationError::new(member, message);
    Problem::faulty_members(ValidationErrors::from(error))
}

/// Returns the answer where there is no mapping of a name.
pub fn no_mapping(name: &str) -> Problem {
    let name: String = name.chars().take(100).collect();
    Problem::new(StatusCode::NOT_FOUND, format!("There is no mapping {name}"))
}
