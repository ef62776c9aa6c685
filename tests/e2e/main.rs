//! The real programs, over real HTTP, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod events;
mod exposition;
mod gateway;
mod http;
mod in_process;
mod process;
mod promql;
mod provider_key;
mod receiver;
mod repeatable;
mod site;
mod soak;
mod wire;
mod writers;

/// Declares tests that run once on each database.
macro_rules! on_both_databases {
    ($($test:ident,)*) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&crate::site::Site::on_sqlite()); })*
        }
        mod postgres {
            $(#[test] fn $test() { super::$test(&crate::site::Site::on_postgres()); })*
        }
    };
}

mod admin;
mod alerts;
mod arguments;
mod audit;
mod backup;
mod blocks;
mod bodies;
mod by_hand;
mod caching;
mod clients;
mod code_samples;
mod connections;
mod console;
mod crashes;
mod doctor;
mod durability;
mod export;
mod files;
mod flood;
mod guide;
mod hand_over;
mod head;
mod idempotency;
mod import;
mod intake;
mod intake_journal;
mod intake_mappings;
mod intake_once;
mod intake_refusals;
mod isolation;
mod isolation_answers;
mod isolation_asked;
mod isolation_callers;
mod isolation_foreign;
mod isolation_mappings;
mod isolation_questions;
mod isolation_sessions;
mod isolation_table;
mod keys;
mod keys_over_http;
mod leaks;
mod life_cycle;
mod limits;
mod lists;
mod logs;
mod mail;
mod metrics;
mod metrics_in_docs;
mod moving;
mod networks;
mod nginx;
mod odd_files;
mod operations;
mod order;
mod outage;
mod own_audit;
mod peppers;
mod printed_commands;
mod problem_types;
mod provider_api;
mod provider_keys;
mod questions;
mod refusals;
mod repeated_changes;
mod restore;
mod retention;
mod reveal_links;
mod revocation;
mod rolling;
mod safe_to_repeat;
mod search;
mod secrecy;
mod security_txt;
mod send;
mod session_ends;
mod sessions;
mod shared_limits;
mod start;
mod static_keys;
mod stats;
mod status_links;
mod stop;
mod tail;
mod times;
mod tls;
mod trace_context;
mod turns;
mod undelivered;
mod unreadable;
mod usage;
mod waiting;
mod webhooks;
mod workflow_changes;
mod workflow_channels;
mod workflow_troubles;
mod workflows;
