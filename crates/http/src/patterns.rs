//! The patterns of all routes that are served.

use crate::{openapi, routes};
use central_logger_http_api::route::RoutePatterns;

pub(crate) static PATTERNS: RoutePatterns = RoutePatterns(&[&routes::PATTERNS, &openapi::PATTERNS]);
