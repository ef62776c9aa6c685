#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod activity;
mod alerts;
mod audit;
mod audit_filter;
mod client;
mod clients;
mod hand_over;
mod keys;
mod links;
mod routes;
mod see;
mod servers;
mod settings;

pub use routes::{PATTERNS, configure};

use central_logger_people::PersonOfProvider;

/// A form that a person of the provider has sent.
type Submitted = central_logger_people::Submitted<PersonOfProvider>;
