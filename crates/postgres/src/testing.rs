//! PostgreSQL for tests: new databases on the server that they share, and servers of their own.
//! Everything here panics when it does not succeed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::{Postgres, wall::READ_LIMIT};
use central_logger_keys::{ClientId, KeyId};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};
use tempfile::TempDir;
use tokio_postgres::{NoTls, SimpleQueryMessage};

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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let postmaster = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let postmaster = postmaster.lines().next().unwrap().to_owned();
        let processes = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
            tokio::spawn(connection);
            // From now on there are no new ones.
            signal("STOP", std::slice::from_ref(&postmaster));
            let processes = "SELECT pid FROM pg_stat_activity";
            let rows = client.query(processes, &[]).await.unwrap();
            let pids = rows.iter().map(|row| row.get::<_, i32>(0).to_string());
            pids.chain([postmaster]).collect::<Vec<_>>()
        });
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
