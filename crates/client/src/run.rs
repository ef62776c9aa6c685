use crate::{client::Client, client::Handle, entry::Entry, stamp};
use serde_json::json;
use std::time::Instant;

/// A run of a workflow: an entry `RUNNING` at its start, and one `SUCCESS` or `FAILED` at its end, with the
/// same `run_id`.
///
/// A run that is dropped without an end has failed.
///
/// # Examples
///
/// ```
/// use central_logger_client::{Client, Entry};
///
/// let client = Client::builder().build();
/// let run = client.start_run(Entry::default().workflow("nightly"));
/// client.log(run.entry("half of the rows are done"));
/// run.succeed(Entry::new("done").with("rows", 3));
/// assert_eq!(client.stats().queued, 3);
/// # client.close(std::time::Duration::ZERO);
/// ```
#[derive(Debug)]
pub struct Run {
    handle: Handle,
    /// What all entries of the run have.
    shared: Entry,
    id: String,
    began: Instant,
    is_over: bool,
}

impl Client {
    /// Logs the start of a run. All entries of the run get the members of `entry`, besides its `message`.
    pub fn start_run(&self, entry: Entry) -> Run {
        self.handle().start_run(entry)
    }
}

impl Handle {
    pub(crate) fn start_run(&self, entry: Entry) -> Run {
        let id = stamp::random_hex::<16>();
        let entry = entry.run_id(&id);
        self.log(&entry.clone().status("RUNNING"));
        let shared = entry.without("message");
        Run {
            handle: self.clone(),
            shared,
            id,
            began: Instant::now(),
            is_over: false,
        }
    }
}

impl Run {
    /// The `run_id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// An entry of this run, to be logged with [`Client::log`].
    pub fn entry(&self, message: impl AsRef<str>) -> Entry {
        Entry::new(message).or_members_of(&self.shared)
    }

    /// Logs the end of a run that has done what it should.
    pub fn succeed(mut self, entry: Entry) {
        self.end("SUCCESS", entry);
    }

    /// Logs the end of a run that has failed. The text says why.
    pub fn fail(mut self, kind: &str, text: &str, entry: Entry) {
        self.end("FAILED", entry.with("error", error(kind, text)));
    }

    /// Logs the end of a run that was a request, by the status of its answer.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn answer(self, status: u16) {
        let entry = Entry::default().with("http_status", status);
        match status {
            500.. => self.fail("http", &format!("answered {status}"), entry),
            _ => self.succeed(entry),
        }
    }

    fn end(&mut self, status: &str, entry: Entry) {
        self.is_over = true;
        let milliseconds = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let entry = entry.status(status).with("duration_ms", milliseconds);
        self.handle.log(&entry.or_members_of(&self.shared));
    }
}

fn error(kind: &str, text: &str) -> serde_json::Value {
    json!({ "type": kind, "text": text })
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (kind, text) = match std::thread::panicking() {
            true => ("panic", "the run has panicked"),
            false => ("dropped", "the run was given up"),
        };
        let entry = Entry::default().with("error", error(kind, text));
        self.end("FAILED", entry);
    }
}
