use crate::{
    address::{KeySource, LogsUrl, Unset},
    batch::BatchLimits,
    check::{self, Check},
    client::Client,
    counters::Counters,
    draft::Defaults,
    http::Http,
    keeper,
    memory_queue::MemoryQueue,
    monitor_path::monitor_path,
    pipeline::Pipeline,
    queue::Queue,
    report::{Report, Reporter},
    sender::Sender,
    spool::{RejectedFile, SpoolQueue},
};
use std::{env, io, path::PathBuf, sync::Arc, thread, time::Duration};

/// Options of a [`Client`]. What is not set is read from the environment, or has a default.
///
/// # Examples
///
/// ```
/// use central_logger_client::Client;
/// use std::time::Duration;
///
/// let folder = std::env::temp_dir().join("central-logger-example");
/// let client = Client::builder()
///     .url("http://127.0.0.1:8000")
///     .key("cl_test_example")
///     .workflow("nightly")
///     .spool_dir(&folder)
///     .shutdown_timeout(Duration::from_secs(2))
///     .build();
/// # drop(client);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    url: Option<String>,
    key: Option<Secret>,
    key_file: Option<PathBuf>,
    environment: Option<String>,
    workflow: Option<String>,
    user_agent: Option<String>,
    spool_dir: Option<PathBuf>,
    fsync: bool,
    max_memory: usize,
    max_spool: u64,
    limits: BatchLimits,
    linger: Duration,
    pub(crate) shutdown_timeout: Duration,
    timeout: Duration,
    reporter: Reporter,
}

/// A key, which is not shown.
#[derive(Clone)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            url: None,
            key: None,
            key_file: None,
            environment: None,
            workflow: None,
            user_agent: None,
            spool_dir: None,
            fsync: false,
            max_memory: 16 << 20,
            max_spool: 256 << 20,
            limits: BatchLimits {
                entries: 10_000,
                bytes: 1 << 20,
            },
            linger: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            reporter: Reporter::default(),
        }
    }
}

impl ClientBuilder {
    /// The address of the server or of its logs. Otherwise `LOGGER_API_URL`.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// The API key. Otherwise `LOGGER_API_KEY`, or the file that `LOGGER_API_KEY_FILE` names.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Secret(key.into()));
        self
    }

    /// A file with the API key, which is read again when it has changed.
    pub fn key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key_file = Some(path.into());
        self
    }

    /// The `environment` of entries without one. Otherwise `LOGGER_ENVIRONMENT`, or `default`.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// The `workflow` of entries without one.
    pub fn workflow(mut self, workflow: impl Into<String>) -> Self {
        self.workflow = Some(workflow.into());
        self
    }

    /// The `User-Agent` of a program that is built on this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// A folder that keeps entries until they are delivered, also past the end of the process. Any number
    /// of processes may share it. Without one, entries are kept in memory only.
    pub fn spool_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.spool_dir = Some(path.into());
        self
    }

    /// Whether each entry is on the disk before the call returns, so that it outlives a power cut. It
    /// outlives the process either way.
    pub fn fsync(mut self, fsync: bool) -> Self {
        self.fsync = fsync;
        self
    }

    /// The most bytes to keep in memory without a spool: 16 MiB otherwise.
    pub fn max_memory(mut self, bytes: usize) -> Self {
        self.max_memory = bytes;
        self
    }

    /// The most bytes to keep in the spool: 256 MiB otherwise.
    pub fn max_spool(mut self, bytes: u64) -> Self {
        self.max_spool = bytes;
        self
    }

    /// The most entries of a request: 10,000 otherwise, which is the most that a server takes.
    pub fn batch_entries(mut self, entries: usize) -> Self {
        self.limits.entries = entries.max(1);
        self
    }

    /// The most bytes of a request before compression: 1 MiB otherwise.
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// The longest time that an entry waits for others to be sent along: one second otherwise.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// The time that closing takes at most, when the client is dropped: ten seconds otherwise.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// The time that a request takes at most: 30 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Hands every report of what goes wrong to `receive` when it is made, rather than some of them to standard error.
    /// Threads of the client call it, so it must not wait, and must not call the client. What was lost at the end stands
    /// in [`Client::stats`] only.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_client::Client;
    ///
    /// let (sender, reports) = std::sync::mpsc::channel();
    /// let client = Client::builder()
    ///     .on_report(move |report| {
    ///         let _ = sender.send(report.text.to_owned());
    ///     })
    ///     .build();
    /// # drop(client);
    /// ```
    pub fn on_report(mut self, receive: impl Fn(Report<'_>) + Send + Sync + 'static) -> Self {
        self.reporter = Reporter::to(receive);
        self
    }

    /// A client. What is wrong with the options is reported on standard error when entries are to be
    /// delivered, and the program goes on.
    pub fn build(self) -> Client {
        Client::new(self)
    }

    /// Tests the address, the key and the clock, and says what to fix.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_client::Client;
    ///
    /// let checks = Client::builder().url("nonsense").key("cl_test_example").check();
    /// assert_eq!(checks[0].name, "address");
    /// assert!(checks[0].result.is_err());
    /// ```
    pub fn check(&self) -> Vec<Check> {
        check::of(&mut self.http())
    }

    /// Tells the server when runs of the workflow are expected, unless it has been told: `monitor` is the JSON of
    /// a monitor. Returns the status and the body of the answer, for which it waits for at most the timeout.
    ///
    /// # Errors
    /// What is wrong, and how to fix it.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_client::Client;
    ///
    /// // Nobody listens there.
    /// let client = Client::builder().url("http://127.0.0.1:9").key("cl_test_example").workflow("backup");
    /// assert!(client.expect_runs(r#"{"every":"24h","grace":"1h"}"#).is_err());
    /// ```
    pub fn expect_runs(&self, monitor: &str) -> Result<(u16, String), String> {
        let defaults = self.defaults();
        let workflow = defaults.workflow.ok_or("name the workflow")?;
        let path = monitor_path(&workflow, &defaults.environment);
        let answer = self.http().put_new(&path, monitor);
        answer.map_or_else(
            |error| Err(error.to_string()),
            |answer| Ok((answer.status, answer.body)),
        )
    }

    fn http(&self) -> Http {
        let url = self.url.clone().or_else(|| set("LOGGER_API_URL"));
        let url = url.ok_or(Unset::Url).and_then(|url| LogsUrl::parse(&url));
        let key = match (&self.key, &self.key_file) {
            (Some(Secret(key)), _) => KeySource::Key(key.clone()),
            (None, Some(path)) => KeySource::file(path.clone()),
            (None, None) => KeySource::from_environment(),
        };
        let name = concat!("central-logger-rust/", env!("CARGO_PKG_VERSION"));
        let name = self.user_agent.clone().unwrap_or_else(|| name.to_owned());
        Http::new(url, key, self.timeout, name)
    }

    fn defaults(&self) -> Defaults {
        let environment = self
            .environment
            .clone()
            .or_else(|| set("LOGGER_ENVIRONMENT"));
        Defaults {
            environment: environment.unwrap_or_else(|| "default".to_owned()),
            workflow: self.workflow.clone(),
        }
    }

    fn spool(&self, counters: &Arc<Counters>) -> Option<SpoolQueue> {
        let folder = self.spool_dir.clone()?;
        let shown = folder.display().to_string();
        SpoolQueue::open(
            folder,
            self.limits,
            self.fsync,
            self.max_spool,
            Arc::clone(counters),
            self.reporter.clone(),
        )
        .inspect_err(|error| {
            self.reporter.report(&format!(
                "the spool folder {shown} cannot be used ({error}): entries are kept in memory"
            ));
        })
        .ok()
    }

    /// Starts a sender in this process.
    pub(crate) fn start(&self) -> Arc<Pipeline> {
        let counters = Arc::new(Counters::default());
        let spool = self.spool(&counters);
        let rejected = self.spool_dir.as_deref().map(RejectedFile::in_folder);
        let rejected = rejected.filter(|_| spool.is_some());
        let is_spooled = spool.is_some();
        let queue: Box<dyn Queue> = match spool {
            Some(spool) => Box::new(spool),
            None => Box::new(MemoryQueue::new(self.limits, self.max_memory)),
        };
        let pipeline = Arc::new(Pipeline::new(
            self.defaults(),
            queue,
            counters,
            self.reporter.clone(),
            is_spooled,
        ));
        let sender = Sender::new(
            Arc::clone(&pipeline),
            self.http(),
            self.limits,
            self.linger,
            rejected,
        );
        let kept = Arc::clone(&pipeline);
        let started = thread("central-logger", || sender.run()).and_then(|()| match is_spooled {
            true => thread("central-logger-spool", move || keeper::keep(&kept)),
            false => Ok(()),
        });
        if let Err(error) = started {
            pipeline.reporter.report(&format!(
                "entries are not delivered, since no thread can be started: {error}"
            ));
            pipeline.tell_stopped();
        }
        pipeline
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
