//! What others are in the way of: a migration of tables that they hold, and a pool where no more connections
//! are let in. Each takes about a minute, as long as the programs have patience.

use central_logger_log_store::LogStore;
use central_logger_postgres::{
    OpenError, Postgres,
    testing::{OwnServer, dump, execute, new_database, new_login, with_login},
};
use central_logger_postgres_database::StatementError;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, NoTls};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A session beside those of the programs.
async fn session(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Waits until `holds`.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap();
}

/// All that is in the database at `url`. What psql is told differs from dump to dump.
fn contents(url: &str) -> Vec<String> {
    let dump = dump(url);
    let lines = dump.lines().filter(|line| !line.starts_with('\\'));
    lines.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_names_who_holds_a_lock_and_leaves_nothing_half_done() {
    let url = new_database().await;
    // As the first version left it.
    let first = include_str!("../../../../migrations/postgres/0001_keys_and_logs.sql");
    let history = "CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL,
                       compatible_from integer NOT NULL,
                       applied_at timestamptz NOT NULL DEFAULT now());
                   INSERT INTO schema_migrations VALUES (1, '0001_keys_and_logs', 1)";
    execute(&url, first).await;
    execute(&url, history).await;
    let before = contents(&url);
    let postgres = Postgres::connect(&url).await.unwrap();
    let pending = postgres.pending().await.unwrap();

    // As pg_dump does, for as long as it works.
    let holder = session(&format!("{url}?application_name=nightly-backup")).await;
    let hold = "BEGIN; LOCK TABLE api_keys IN ACCESS SHARE MODE";
    holder.batch_execute(hold).await.unwrap();
    let process = holder.query_one("SELECT pg_backend_pid()", &[]);
    let process: i32 = process.await.unwrap().get(0);
    let migration = {
        let postgres = postgres.clone();
        tokio::spawn(async move { postgres.migrate().await })
    };
    // Those who come after it are let by, again and again.
    let reader = session(&url).await;
    let limit = "SET statement_timeout = '10s'";
    reader.batch_execute(limit).await.unwrap();
    while !migration.is_finished() {
        let read = "SELECT count(*) FROM api_keys";
        reader.batch_execute(read).await.unwrap();
        sleep(PAUSE).await;
    }
    let error = migration.await.unwrap().unwrap_err();
    let OpenError::Schema { cause, .. } = &error else {
        panic!("{error:?}");
    };
    let Some(StatementError::LockedOut { holders }) = cause.downcast_ref::<StatementError>() else {
        panic!("{error:?}");
    };
    let named = format!("process {process} (nightly-backup)");
    assert!(holders.contains(&named), "{holders}");
    let said = cause.to_string();
    let says = "others hold locks on the tables: process ";
    assert!(said.starts_with(says) && said.contains(&named), "{said}");
    assert_eq!(contents(&url), before);
    assert_eq!(postgres.pending().await.unwrap(), pending);

    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(postgres.migrate().await.unwrap(), pending);
    postgres.logs().ready().await.unwrap();
}

/// How many sessions `login` has, as told to one that is none of them.
async fn sessions(beside: &Client, login: &str) -> usize {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1::text";
    let counted = beside.query_one(sql, &[&login]).await.unwrap();
    usize::try_from(counted.get::<_, i64>(0)).unwrap()
}

/// Twelve who need a connection each. On the one thread of a test, all have asked before any has one.
async fn ask_at_once(postgres: &Postgres) {
    let asked = (0..12).map(|_| {
        let logs = postgres.logs();
        tokio::spawn(async move { logs.ready().await })
    });
    for ready in asked.collect::<Vec<_>>() {
        ready.await.unwrap().unwrap();
    }
}

/// The pool of `login`, which is let in no more than `most` times, after it has shrunk.
async fn shrunk(url: &str, login: &str, most: usize, beside: &Client) -> Postgres {
    let postgres = Postgres::connect(url).await.unwrap();
    ask_at_once(&postgres).await;
    let status = postgres.pool_status();
    assert!(status.in_use + status.idle < most, "{status:?}");
    // So others get in, such as a change of keys.
    until(async || sessions(beside, login).await < most).await;
    until(async || tokio_postgres::connect(url, NoTls).await.is_ok()).await;

    // In the end it keeps none that nobody uses.
    until(async || postgres.pool_status().idle == 0).await;
    until(async || sessions(beside, login).await == 0).await;
    postgres
}

#[tokio::test]
async fn a_pool_shrinks_where_its_login_is_let_in_no_more() {
    let (url, login) = (new_database().await, new_login().await);
    let owner = Postgres::connect(&url).await.unwrap();
    owner.migrate().await.unwrap();
    owner.serve_as(&login).await.unwrap();
    execute(&url, &format!("ALTER ROLE {login} CONNECTION LIMIT 6")).await;
    let beside = session(&url).await;
    let postgres = shrunk(&with_login(&url, &login), &login, 6, &beside).await;

    // By now it asks for as many as it needs again.
    let unlimited = format!("ALTER ROLE {login} CONNECTION LIMIT -1");
    beside.batch_execute(&unlimited).await.unwrap();
    ask_at_once(&postgres).await;
    let status = postgres.pool_status();
    assert!(status.idle > 6, "{status:?}");
}

#[tokio::test]
async fn a_pool_shrinks_where_the_server_lets_nobody_in_any_more() {
    let (server, login) = (OwnServer::start(), "of_a_server");
    let owner = Postgres::connect(server.url()).await.unwrap();
    owner.migrate().await.unwrap();
    for sql in [
        "CREATE ROLE of_a_server LOGIN PASSWORD 'of-a-test'",
        "ALTER SYSTEM SET max_connections = 12",
        "ALTER SYSTEM SET superuser_reserved_connections = 3",
    ] {
        execute(server.url(), sql).await;
    }
    owner.serve_as(login).await.unwrap();
    drop(owner);
    server.stop();
    server.start_again();
    // Three are kept free for superusers, and this is one more.
    let beside = session(server.url()).await;
    let url = with_login(server.url(), login);
    let postgres = shrunk(&url, login, 8, &beside).await;
    ask_at_once(&postgres).await;
}
