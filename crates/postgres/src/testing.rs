//! PostgreSQL for tests: new databases on the server that they share, and servers of their own.
//! Everything here panics when it does not succeed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::Postgres;
use bytes::BytesMut;
use central_logger_keys::{ClientId, KeyId};
use central_logger_postgres_database::READ_LIMIT;
use std::{
    collections::{BTreeSet, HashMap},
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};
use tempfile::TempDir;
use tokio_postgres::{
    NoTls, SimpleQueryMessage,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

/// Makes a database on the server that `TEST_DATABASE_URL` names and gives its URL.
///
/// # Panics
/// When there is no such server.
pub async fn new_database() -> String {
    let server = env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL names a PostgreSQL server: run ./scripts/test");
    let name = format!("test_{}", KeyId::generate().unwrap()).to_lowercase();
    execute(&server, &format!("CREATE DATABASE {name}")).await;
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Runs SQL in the database at `url`.
///
/// # Panics
/// When it fails.
pub async fn execute(url: &str, sql: &str) -> Vec<SimpleQueryMessage> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.simple_query(sql).await.unwrap()
}

/// The names of the roles of the database at `url`, by their kind: `writer`, `reader`, `keeper`, `server`.
///
/// # Panics
/// When it was not migrated.
pub async fn role_names(url: &str) -> HashMap<String, String> {
    let sql = "SELECT split_part(rolname, '_', 3), rolname FROM pg_roles
               WHERE rolname ~ ('^central_logger_[a-z]+_'
                                || (SELECT oid FROM pg_database WHERE datname = current_database()) || '_')";
    let names: HashMap<_, _> = execute(url, sql)
        .await
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())),
            _ => None,
        })
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    names
}

/// The tables of the database at `url`, without their partitions, each with every column.
///
/// # Panics
/// When they cannot be read.
pub async fn columns(url: &str) -> BTreeSet<(String, String)> {
    let sql = "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
               WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
                 AND NOT relispartition AND attnum > 0 AND NOT attisdropped";
    let messages = execute(url, sql).await.into_iter();
    let columns = messages.filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())),
        _ => None,
    });
    columns.collect()
}

/// A login without any rights of its own, with the password `of-a-test`.
///
/// # Panics
/// When it cannot be made.
pub async fn new_login() -> String {
    let server = env::var("TEST_DATABASE_URL").unwrap();
    let login = format!("login_{}", KeyId::generate().unwrap()).to_lowercase();
    let sql = format!("CREATE ROLE {login} LOGIN PASSWORD 'of-a-test'");
    execute(&server, &sql).await;
    login
}

/// `url` for a login of [`new_login`].
///
/// # Panics
/// When it is no URL with a login.
pub fn with_login(url: &str, login: &str) -> String {
    let (_, server) = url.split_once('@').unwrap();
    format!("postgres://{login}:of-a-test@{server}")
}

/// What a store that forgot its `WHERE` would show to `client`: whose logs these are.
///
/// # Panics
/// When it cannot be read.
pub async fn clients_seen_without_where(postgres: &Postgres, client: &ClientId) -> Vec<String> {
    let seen = postgres
        .database
        .read_logs(client, READ_LIMIT, async |transaction| {
            let sql = "SELECT client_id FROM workflow_logs";
            let rows = transaction.query(sql, &[]).await?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        });
    seen.await.unwrap()
}

/// Panics while the driver writes a statement, in the middle of its message.
///
/// # Panics
/// Always.
pub async fn panic_within_a_message(postgres: &Postgres) {
    let sent = postgres.database.run(async |connection| {
        let sql = "SELECT $1::text";
        Ok(connection.query_one(sql, &[&Unspeakable]).await?)
    });
    sent.await.unwrap();
}

/// A value that cannot be written.
#[derive(Debug)]
struct Unspeakable;

impl ToSql for Unspeakable {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(b"half a val");
        panic!("as a test asks for it")
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// All that is in the database at `url`, as SQL.
///
/// # Panics
/// When it cannot be read.
pub fn dump(url: &str) -> String {
    script(&["dump", url])
}

/// A PostgreSQL server that nobody else uses, on a port of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct OwnServer {
    directory: TempDir,
    url: String,
    /// The processes that stand still.
    halted: Mutex<Vec<String>>,
}

impl OwnServer {
    /// Starts one with an empty database.
    ///
    /// # Panics
    /// When PostgreSQL cannot be started.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = script(&["start", directory.path().to_str().unwrap()]);
        Self {
            directory,
            url,
            halted: Mutex::default(),
        }
    }

    /// The URL of its database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it keeps its data and configuration.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts it again after [`stop`](Self::stop) or [`crash`](Self::crash), at the same URL.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_again(&self) {
        assert_eq!(script(&["start", self.path()]), self.url);
    }

    /// Stops it in good order.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        script(&["stop", self.path()]);
    }

    /// Stops it as a crash would.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn crash(&self) {
        script(&["stop", self.path(), "--immediate"]);
    }

    /// Makes it stand still, as on a machine that hangs: connections stay open, and nobody answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn halt(&self) {
        let postmaster = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let postmaster = postmaster.lines().next().unwrap().to_owned();
        // From now on there are no new processes.
        signal("STOP", std::slice::from_ref(&postmaster));
        let mut processes = children(&postmaster);
        processes.push(postmaster);
        signal("STOP", &processes);
        *self.halted.lock().unwrap() = processes;
    }

    /// Goes on after [`halt`](Self::halt).
    ///
    /// # Panics
    /// When it does not.
    pub fn resume(&self) {
        let processes = std::mem::take(&mut *self.halted.lock().unwrap());
        if !processes.is_empty() {
            signal("CONT", &processes);
        }
    }

    fn path(&self) -> &str {
        self.directory.path().to_str().unwrap()
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.resume();
        self.crash();
    }
}

/// Those that work, and those that are only beginning to.
fn children(parent: &str) -> Vec<String> {
    let listed = Command::new("ps").args(["-A", "-o", "ppid=,pid="]).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let mut children = Vec::new();
    for line in listed.lines() {
        let mut ids = line.split_whitespace();
        if ids.next() == Some(parent) {
            children.extend(ids.map(str::to_owned));
        }
    }
    children
}

fn signal(name: &str, processes: &[String]) {
    let mut kill = Command::new("kill");
    let done = kill.args(["-s", name]).args(processes).status();
    assert!(done.unwrap().success());
}

fn script(arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres");
    let output = Command::new(script).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
