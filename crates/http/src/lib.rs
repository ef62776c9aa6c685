#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod app;
mod body;
mod compression;
mod config;
mod connections;
mod described;
mod error;
mod malformed;
mod metrics;
mod middleware;
mod open_tails;
mod openapi;
mod parameters;
mod problem;
mod readiness;
mod room;
mod route;
mod routes;
mod server;
mod services;
mod sockets;

pub use config::Config;
pub use error::ServerError;
pub use malformed::MalformedHttp;
pub use middleware::WithRequest;
pub use server::{RunningServer, Server};
pub use services::Services;
pub use sockets::{Sockets, raise_limit};
