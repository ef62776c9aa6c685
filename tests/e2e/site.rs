//! Where the programs run: a working directory of its own, and a database.

use crate::{
    in_process::InProcess,
    process::{Finished, Server},
};
use central_logger_key_activity::{Alert, AlertId, AlertKind, AlertSubject, Counted};
use central_logger_postgres::testing::{execute, new_database};
use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;
use time::OffsetDateTime;

pub(crate) struct Site {
    directory: TempDir,
    /// Nothing for the default, SQLite in the working directory.
    pub(crate) database_url: Option<String>,
}

/// A program, which lies where this one was built.
fn built(name: &str) -> PathBuf {
    let tests = env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join(name);
    assert!(
        program.exists(),
        "build {name}: cargo build --workspace --bins"
    );
    program
}

const KEY_TABLES: [&str; 3] = ["api_keys", "audit_log", "key_store_state"];

/// A key as `issue` gives it.
pub(crate) struct Issued {
    pub(crate) id: String,
    pub(crate) key: String,
}

impl Site {
    pub(crate) fn on_sqlite() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            database_url: None,
        }
    }

    pub(crate) fn on_postgres() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        Self::on(&runtime.block_on(new_database()))
    }

    pub(crate) fn on(database_url: &str) -> Self {
        Self {
            database_url: Some(database_url.to_owned()),
            ..Self::on_sqlite()
        }
    }

    /// Runs SQL in the database behind the programs' back.
    pub(crate) fn execute(&self, sql: &str) {
        match &self.database_url {
            Some(url) => {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(execute(url, sql));
            }
            None => {
                let file = self.path("data/central-logger.db");
                let database = rusqlite::Connection::open(file).unwrap();
                database.execute(sql, []).unwrap();
            }
        }
    }

    /// Runs several statements in one transaction.
    pub(crate) fn execute_all(&self, sql: &str) {
        match &self.database_url {
            Some(_) => self.execute(sql),
            None => {
                let file = self.path("data/central-logger.db");
                let database = rusqlite::Connection::open(file).unwrap();
                database.execute_batch(sql).unwrap();
            }
        }
    }

    /// Keeps a copy of the keys and of the audit trail, as a backup does.
    pub(crate) fn keep_keys(&self) {
        for guard in self.audit_guards() {
            self.execute(guard);
        }
        for table in KEY_TABLES {
            self.execute(&format!(
                "CREATE TABLE kept_{table} AS SELECT * FROM {table}"
            ));
        }
    }

    /// Sets both back to that copy.
    pub(crate) fn set_keys_back(&self) {
        let tables = KEY_TABLES.iter();
        let restore = tables.map(|table| {
            format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table};")
        });
        let restore: String = restore.collect();
        match &self.database_url {
            Some(_) => self.execute_all(&restore),
            None => self.execute_all(&format!("BEGIN IMMEDIATE; {restore} COMMIT;")),
        }
    }

    /// Stores an alert about a client, as if a server had raised it, and gives its id.
    pub(crate) fn raise(&self, client: &str) -> String {
        self.raise_of(AlertKind::Spike, client)
    }

    /// The same of another kind: there is one alert of a kind about the same in an hour.
    pub(crate) fn raise_of(&self, kind: AlertKind, client: &str) -> String {
        self.raise_about(kind, &[client.to_owned()]).remove(0)
    }

    /// The same about each of several clients.
    pub(crate) fn raise_about(&self, kind: AlertKind, clients: &[String]) -> Vec<String> {
        let now = OffsetDateTime::now_utc();
        let alert = |client: &String| {
            let subject = AlertSubject {
                client_id: Some(client.parse().unwrap()),
                ..AlertSubject::default()
            };
            Alert {
                id: AlertId::of(kind, &subject, now),
                kind,
                subject,
                first_at: now,
                last_at: now,
                counted: Counted {
                    sum: 7,
                    hour: now,
                    in_hour: 7,
                },
                evidence: format!("raised for {client}"),
                acknowledged: None,
                delivery: None,
            }
        };
        let alerts: Vec<_> = clients.iter().map(alert).collect();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let opened = central_logger_database::open(&self.url()).await.unwrap();
            opened.activity().put_alerts(&alerts).await.unwrap();
        });
        alerts.iter().map(|alert| alert.id.to_string()).collect()
    }

    /// Makes all keys older than what is recorded of clients.
    pub(crate) fn age_keys(&self) {
        let later = match self.database_url {
            Some(_) => "created_at + interval '1 hour'",
            None => "created_at + 3600000",
        };
        self.execute(&format!(
            "UPDATE clients SET created_at = {later} WHERE client_id = ''"
        ));
    }

    /// What takes away the database's own guard of the audit trail.
    pub(crate) fn audit_guards(&self) -> &'static [&'static str] {
        match self.database_url {
            Some(_) => &["ALTER TABLE audit_log DISABLE TRIGGER ALL"],
            None => &[
                "DROP TRIGGER audit_log_is_not_altered",
                "DROP TRIGGER audit_log_is_not_cut",
            ],
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        // In one step, so that nobody reads half of it.
        let unfinished = self.path("unfinished");
        fs::write(&unfinished, text).unwrap();
        fs::rename(unfinished, self.path(name)).unwrap();
    }

    /// The server as a program, ready to be started on a free port.
    pub(crate) fn server(&self) -> Command {
        let mut command = self.program(&built("central-logger"));
        command.env("LOGGER_BIND", "127.0.0.1:0");
        command
    }

    /// Starts a server within the process of the tests.
    pub(crate) fn start(&self) -> Server {
        Server::within(InProcess::start(&self.url(), &self.path(".env")))
    }

    /// The URL of the database, wherever the program runs.
    pub(crate) fn url(&self) -> String {
        let in_directory = || format!("sqlite:{}", self.path("data/central-logger.db").display());
        self.database_url.clone().unwrap_or_else(in_directory)
    }

    /// Starts the program, for what a process alone has: signals, a log, a sudden end.
    pub(crate) fn start_process(&self) -> Server {
        Server::start(self.server())
    }

    /// The command line.
    pub(crate) fn admin_command(&self) -> Command {
        self.program(&built("central-logger-admin"))
    }

    /// The client's command line, which keeps entries in the directory of the site.
    pub(crate) fn send_command(&self, url: &str, key: &str) -> Command {
        let mut command = self.program(&built("central-logger-send"));
        command
            .env("XDG_STATE_HOME", self.path("state"))
            .env("LOGGER_API_URL", url)
            .env("LOGGER_API_KEY", key);
        command
    }

    pub(crate) fn admin(&self, arguments: &[&str]) -> Finished {
        Finished::of(self.admin_command().args(arguments))
    }

    /// What a command prints with `--json` when it succeeds.
    pub(crate) fn admin_json(&self, arguments: &[&str]) -> Value {
        let finished = self.admin(&[&["--json"], arguments].concat());
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        serde_json::from_str(&finished.stdout).unwrap()
    }

    /// What a command prints with `--json`, however it ends.
    pub(crate) fn admin_json_of_any(&self, arguments: &[&str]) -> Value {
        let finished = self.admin(&[&["--json"], arguments].concat());
        serde_json::from_str(&finished.stdout).unwrap_or_else(|_| panic!("{finished:?}"))
    }

    pub(crate) fn issue(&self, client: &str) -> Issued {
        self.issue_with(&["--client", client])
    }

    pub(crate) fn issue_with(&self, arguments: &[&str]) -> Issued {
        let issued = self.admin_json(&[&["issue"], arguments].concat());
        Issued {
            id: issued["key_id"].as_str().unwrap().to_owned(),
            key: issued["api_key"].as_str().unwrap().to_owned(),
        }
    }

    fn program(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        command.current_dir(self.directory.path());
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("LOGGER_") || ["API_KEYS", "RUST_LOG"].contains(&&*name) {
                command.env_remove(&*name);
            }
        }
        match &self.database_url {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.env_remove("DATABASE_URL"),
        };
        command
    }
}
