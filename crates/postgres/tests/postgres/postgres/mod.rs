//! Both stores in a real PostgreSQL, which `scripts/test` starts.

mod connections;
mod contents;
mod schema;

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, NewKey};
use central_logger_keyring::Keyring;
use central_logger_keys::KeyHasher;
use central_logger_postgres::{Postgres, testing::new_database};
use central_logger_times::SystemClock;
use std::sync::Arc;

async fn migrated() -> (Postgres, String) {
    let url = new_database().await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    (postgres, url)
}

fn keyring(postgres: &Postgres) -> Keyring {
    let hashes = HashPool::new(KeyHasher::new());
    Keyring::new(
        Arc::new(postgres.keys()),
        hashes,
        Arc::new(SystemClock),
        Actor::new("tester@here"),
    )
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}
