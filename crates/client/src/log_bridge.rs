use crate::{client::Client, client::Handle, entry::Entry, sender};
use std::time::Duration;

const FLUSH: Duration = Duration::from_secs(10);

/// A logger for the crate `log`: each record is an entry with the level as `status`.
///
/// The logger does not close the client: keep the [`Client`] until the end of `main`.
///
/// # Examples
///
/// ```
/// use central_logger_client::Client;
///
/// let client = Client::builder().workflow("nightly").build();
/// log::set_boxed_logger(Box::new(client.log_bridge()))?;
/// log::set_max_level(log::LevelFilter::Info);
/// log::info!("done");
/// assert_eq!(client.stats().queued, 1);
/// # client.close(std::time::Duration::ZERO);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogBridge(Handle);

impl Client {
    /// A logger for the crate `log`.
    pub fn log_bridge(&self) -> LogBridge {
        LogBridge(self.handle())
    }
}

impl log::Log for LogBridge {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        // Requests of the client log, too.
        !sender::is_this_thread()
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let message = record.args().to_string();
            let entry = Entry::new(message).status(record.level().as_str());
            self.0.log(&entry.with("target", record.target()));
        }
    }

    fn flush(&self) {
        self.0.flush(FLUSH);
    }
}
