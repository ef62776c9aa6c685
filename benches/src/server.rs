use crate::Failure;
use serde_json::{Value, json};
use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The real server as a process of its own, on a free port. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

impl Server {
    /// Starts it on a database, with further arguments.
    ///
    /// # Errors
    /// When it was not built, or does not start.
    pub async fn start(database_url: &str, arguments: &[&str]) -> Result<Self, Failure> {
        Self::start_with_env_file(database_url, "/dev/null", arguments).await
    }

    /// As [`start`](Self::start), with settings and static keys from a file.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with_env_file(
        database_url: &str,
        env_file: &str,
        arguments: &[&str],
    ) -> Result<Self, Failure> {
        let mut all = vec!["--bind", "127.0.0.1:0", "--database-url", database_url];
        all.extend(["--env-file", env_file]);
        all.extend(arguments);
        Self::spawn(&program("central-logger")?, &all).await
    }

    /// Starts a program that tells where it listens as the server does.
    pub(crate) async fn spawn(program: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        let mut process = Command::new(program)
            .args(arguments)
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let log = process.stderr.take().ok_or("no log")?;
        let mut lines = BufReader::new(log).lines();
        let address = loop {
            let line = lines
                .next_line()
                .await?
                .ok_or("the server does not start")?;
            let line: Value = serde_json::from_str(&line)?;
            if line["fields"]["message"] == "listening" {
                break line["fields"]["address"]
                    .as_str()
                    .unwrap_or_default()
                    .parse()?;
            }
        };
        // Nobody reads the rest, but somebody must take it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, process })
    }

    /// Tells it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it cannot be told, or does not end well.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let id = self.process_id().ok_or("the server has ended")?.to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await?;
        let ended = self.process.wait().await?;
        match told.success() && ended.success() {
            true => Ok(()),
            false => Err(format!("the server ended with {ended}").into()),
        }
    }

    /// The id of the process.
    pub fn process_id(&self) -> Option<u32> {
        self.process.id()
    }
}

/// Tells where a service listens, as the real server does.
pub(crate) fn announce(address: SocketAddr) {
    let address = address.to_string();
    eprintln!(
        "{}",
        json!({"fields": {"message": "listening", "address": address}})
    );
}

/// A program that was built together with this one.
///
/// # Errors
/// When it was not built.
pub fn program(name: &str) -> Result<PathBuf, Failure> {
    let program = env::current_exe()?.with_file_name(name);
    match program.exists() {
        true => Ok(program),
        false => Err(format!("{} is missing: run ./scripts/bench", program.display()).into()),
    }
}
