//! The patterns of all routes that are served.

use crate::{openapi, routes};
use central_logger_http_api::route::RoutePatterns;

const OF_KEYS: [&[&str]; 3] = central_logger_key_routes::PATTERNS;

pub(crate) static PATTERNS: RoutePatterns = RoutePatterns(&[
    &routes::PATTERNS,
    &central_logger_client_routes::PATTERNS,
    &central_logger_session_routes::PATTERNS,
    &central_logger_reveal_routes::PATTERNS,
    &central_logger_leak_routes::PATTERNS,
    // Before those of clients, the last of which fits all of these.
    &central_logger_console::PROVIDER_PATTERNS,
    &central_logger_console::MONITORING_PATTERNS,
    &central_logger_console::PATTERNS,
    &central_logger_provider_routes::PATTERNS,
    &central_logger_workflow_routes::PATTERNS,
    &central_logger_view_routes::PATTERNS,
    &openapi::PATTERNS,
    OF_KEYS[0],
    OF_KEYS[1],
    OF_KEYS[2],
    &central_logger_intake_routes::MAPPING_PATTERNS,
    &central_logger_intake_routes::PATTERNS,
]);
