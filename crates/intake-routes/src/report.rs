//! What came by which protocol, for the client that sent it.

use crate::{
    Intake,
    record::{Counts, Refused},
};
use actix_web::web;
use central_logger_auth_actix::Caller;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::{OpenApi, ToSchema};

/// The path of the report.
pub(crate) const PATH: &str = "/api/v1/intake";

/// The description of what is a call of our own.
#[derive(OpenApi)]
#[openapi(paths(
    report,
    crate::hooks::receive,
    crate::mappings::list,
    crate::mappings::show,
    crate::mappings::set,
    crate::mappings::remove,
    crate::mappings::try_rules,
    crate::provider_mappings::list,
    crate::provider_mappings::show,
    crate::provider_mappings::set,
    crate::provider_mappings::remove,
))]
struct Described;

/// Returns the description of what is a call of our own among these routes.
pub fn described() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

/// What came in the protocols of other systems since this server started.
#[derive(Serialize, ToSchema)]
pub(crate) struct IntakeReport {
    /// By the names of the protocols.
    protocols: BTreeMap<&'static str, Counts>,
    /// The last refusals, the latest first.
    #[schema(max_items = 10)]
    refusals: Vec<Refused>,
}

/// Report what shippers sent
///
/// Counts what the client's shippers sent to this server in the protocols of other systems since it
/// started, and tells of the last refusals, since shippers do not.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/intake",
    operation_id = "intake",
    tag = "logs",
    responses((status = 200, description = "The counts and refusals.", body = IntakeReport)),
)]
pub(crate) async fn report(caller: Caller, intake: web::Data<Intake>) -> web::Json<IntakeReport> {
    let (protocols, refusals) = intake.record.of(caller.client_id());
    web::Json(IntakeReport {
        protocols,
        refusals,
    })
}
