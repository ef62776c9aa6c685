//! What people and programs do with keys, clients and settings.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod activity;
mod clients;
mod disturbed_sessions;
mod ends_of_sessions;
mod keys;
mod own_audit;
mod provider;
mod provider_keys;
mod repeats;
mod self_service;
mod sessions;
mod settings;
