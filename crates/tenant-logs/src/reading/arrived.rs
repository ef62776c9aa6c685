use central_logger_log_store::entries::StoredLog;
use std::{ops::Deref, sync::OnceLock};

/// An entry that has come. All tails of its client share it, and its text as JSON, which the first that asks for it writes.
#[derive(Debug)]
pub struct Arrived {
    log: StoredLog,
    line: OnceLock<Vec<u8>>,
}

impl Arrived {
    pub(super) fn new(log: StoredLog) -> Self {
        Self {
            log,
            line: OnceLock::new(),
        }
    }

    /// The entry as JSON on one line.
    ///
    /// # Errors
    /// As of [`StoredLog::json_line`].
    pub fn json_line(&self) -> serde_json::Result<&[u8]> {
        if let Some(line) = self.line.get() {
            return Ok(line);
        }
        let line = self.log.json_line()?;
        Ok(self.line.get_or_init(|| line))
    }
}

impl Deref for Arrived {
    type Target = StoredLog;

    fn deref(&self) -> &StoredLog {
        &self.log
    }
}
