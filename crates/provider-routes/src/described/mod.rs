//! What requests bring and answers hold, as the description has it: the types themselves are those of other
//! crates, which know nothing of OpenAPI.
#![expect(dead_code, reason = "their fields are only described")]

mod activity;
mod audit;
mod clients;
mod queries;

pub(crate) use activity::{AcknowledgedAlerts, ProviderAlerts, ProviderUsage};
pub(crate) use audit::{AuditTrailPage, AuditVerdict, OwnAuditPage};
pub(crate) use clients::{Client, ClientPage, ClientSettings, DeletedLogs, RemovedClient};
pub(crate) use queries::{
    AlertsQuery, AuditQuery, ClientQuery, IfMatch, OwnAuditQuery, UsageQueryOfAll,
};

use crate::{activity as activity_routes, audit as audit_routes, client_changes, removals};
use utoipa::OpenApi;

/// The description of the routes.
#[derive(OpenApi)]
#[openapi(paths(
    crate::clients::list,
    crate::clients::show,
    client_changes::put,
    client_changes::update,
    removals::remove,
    removals::forget,
    activity_routes::usage,
    activity_routes::alerts,
    activity_routes::acknowledge,
    audit_routes::list,
    audit_routes::verify,
    audit_routes::own,
    crate::servers::list,
))]
pub struct Described;
