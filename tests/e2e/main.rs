//! The real programs, over real HTTP, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod events;
mod exposition;
mod gateway;
mod http;
mod in_process;
mod process;
mod promql;
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
mod bodies;
mod by_hand;
mod caching;
mod code_samples;
mod connections;
mod crashes;
mod durability;
mod export;
mod files;
mod flood;
mod guide;
mod head;
mod idempotency;
mod import;
mod isolation;
mod isolation_table;
mod keys;
mod life_cycle;
mod limits;
mod logs;
mod metrics;
mod metrics_in_docs;
mod networks;
mod nginx;
mod odd_files;
mod operations;
mod order;
mod outage;
mod peppers;
mod printed_commands;
mod questions;
mod refusals;
mod restore;
mod retention;
mod revocation;
mod rolling;
mod search;
mod secrecy;
mod shared_limits;
mod start;
mod static_keys;
mod stats;
mod stop;
mod tail;
mod times;
mod tls;
mod turns;
mod undelivered;
mod unreadable;
mod usage;
mod waiting;
mod webhooks;
