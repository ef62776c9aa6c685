#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod index;
mod intake;
mod keys;
mod limits_left;
mod logs;
mod mappings;
mod routes;
mod sessions;
mod sign_in;
mod sign_out;
mod usage;
mod usage_over_time;
mod views;
mod workflow;
mod workflows;

pub use central_logger_monitoring_pages::PATTERNS as MONITORING_PATTERNS;
pub use central_logger_people::{Console, address::CONSOLE as PATH};
pub use central_logger_provider_pages::PATTERNS as PROVIDER_PATTERNS;
pub use routes::{PATTERNS, configure};
