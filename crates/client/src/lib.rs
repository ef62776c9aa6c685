#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

#[cfg(feature = "actix")]
mod actix_middleware;
mod address;
mod answer;
mod batch;
mod builder;
mod check;
mod client;
mod clock;
mod counters;
mod draft;
mod entry;
mod http;
mod keeper;
#[cfg(feature = "log")]
mod log_bridge;
mod memory_queue;
mod monitor_path;
mod not_logged;
mod pipeline;
mod queue;
mod report;
mod retry;
mod run;
mod sender;
mod spool;
mod stamp;
#[cfg(feature = "tower")]
mod tower_layer;
#[cfg(feature = "tracing")]
mod tracing_layer;

#[cfg(feature = "actix")]
pub use actix_middleware::{ActixMiddleware, ActixService};
pub use builder::ClientBuilder;
pub use check::Check;
pub use client::Client;
pub use counters::Stats;
pub use entry::{Entry, InvalidEntry};
#[cfg(feature = "log")]
pub use log_bridge::LogBridge;
pub use not_logged::NotLogged;
pub use report::Report;
pub use run::Run;
#[cfg(feature = "tower")]
pub use tower_layer::{RunFuture, TowerLayer, TowerService};
#[cfg(feature = "tracing")]
pub use tracing_layer::TracingLayer;
