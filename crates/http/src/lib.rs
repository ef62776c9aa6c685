#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod app;
mod config;
mod error;
mod middleware;
mod openapi;
mod patterns;
mod readiness;
mod routes;
mod server;
mod services;
mod sockets;

pub use central_logger_http_api::malformed::MalformedHttp;
pub use central_logger_http_connections::raise_limit;
pub use config::Config;
pub use error::ServerError;
pub use middleware::WithRequest;
pub use server::{RunningServer, Server};
pub use services::Services;
pub use sockets::Sockets;
