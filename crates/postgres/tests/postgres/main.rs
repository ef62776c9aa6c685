//! All stores in a real PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;
mod citus;
mod conformance;
mod damage;
mod forgotten;
mod in_the_way;
mod installations;
mod log_store;
mod own_server;
mod partitions;
mod plans;
mod postgres;
mod rls;
mod sharding;
mod tail;
mod tls;
