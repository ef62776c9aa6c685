use crate::{
    builder::ClientBuilder, counters::Stats, entry::Entry, not_logged::NotLogged,
    pipeline::Pipeline,
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Ships entries to the server, in order, and each once.
///
/// When it is dropped, it is closed: that waits for the delivery of what is queued, up to the
/// `shutdown_timeout`. A static is never dropped, so close it at the end of `main`.
///
/// # Examples
///
/// ```
/// use central_logger_client::{Client, Entry};
///
/// let client = Client::builder().max_memory(1 << 20).build();
/// client.log(Entry::new("done").status("SUCCESS").workflow("nightly").with("rows", 3));
/// assert_eq!(client.stats().queued, 1);
/// # client.close(std::time::Duration::ZERO);
/// ```
pub struct Client {
    handle: Handle,
    shutdown_timeout: Duration,
}

impl Client {
    /// Options of a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn new(options: ClientBuilder) -> Self {
        Self {
            shutdown_timeout: options.shutdown_timeout,
            handle: Handle::new(options),
        }
    }

    /// Queues an entry. With a spool it is written down when this returns. It never fails or waits for
    /// the network: an entry without room is counted, and reported on standard error. Returns whether it
    /// was queued.
    pub fn log(&self, entry: Entry) -> bool {
        self.handle.log(&entry)
    }

    /// Queues an entry as [`log`](Self::log) does, for a program that has it in store and can try again: an
    /// entry for which there is no room now is neither counted nor reported.
    ///
    /// # Errors
    /// Why it was not queued.
    pub fn try_log(&self, entry: &Entry) -> Result<(), NotLogged> {
        self.handle.pipeline().try_log(entry)
    }

    /// Waits until everything that was queued before is delivered or refused. Returns whether it was
    /// within `timeout`.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.handle.pipeline().flush(timeout)
    }

    /// Flushes and ends the client. Entries that are left stay in the spool; without one they are lost,
    /// counted and reported. Later entries are dropped. Returns whether everything was delivered or
    /// refused within `timeout`.
    pub fn close(&self, timeout: Duration) -> bool {
        self.handle.pipeline().close(timeout)
    }

    /// Counts of this client.
    pub fn stats(&self) -> Stats {
        self.handle.pipeline().counters.stats()
    }

    /// For layers and bridges, which do not close the client.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close(self.shutdown_timeout);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// The pipeline of this process, and of the ones that it was forked from. A lock of those may never be
/// released here, so nothing of them is touched.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Generation>);

struct Generation {
    options: ClientBuilder,
    process: u32,
    pipeline: Arc<Pipeline>,
    child: OnceLock<Arc<Generation>>,
}

impl Handle {
    fn new(options: ClientBuilder) -> Self {
        Self(Arc::new(Generation::start(options)))
    }

    pub(crate) fn log(&self, entry: &Entry) -> bool {
        self.pipeline().log(entry)
    }

    #[cfg(feature = "log")]
    pub(crate) fn flush(&self, limit: Duration) -> bool {
        self.pipeline().flush(limit)
    }

    /// The pipeline of this process. A child of `fork` starts its own at its first call.
    fn pipeline(&self) -> &Pipeline {
        let process = std::process::id();
        let mut generation = &self.0;
        while generation.process != process {
            let start = || Arc::new(Generation::start(generation.options.clone()));
            generation = generation.child.get_or_init(start);
        }
        &generation.pipeline
    }
}

impl Generation {
    fn start(options: ClientBuilder) -> Self {
        Self {
            process: std::process::id(),
            pipeline: options.start(),
            child: OnceLock::new(),
            options,
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}
