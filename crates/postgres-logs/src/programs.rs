//! Whether all programs that use the database know blocks.

use crate::PostgresLogs;
use central_logger_postgres_database::{StatementError, need_programs_with_blocks};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// What is known of the other programs.
#[derive(Debug, Default)]
pub(crate) struct Programs(Mutex<Known>);

#[derive(Debug, Default, Clone, Copy)]
enum Known {
    #[default]
    Nothing,
    /// All know blocks, and others may not start.
    All,
    /// One was there at this time that does not.
    Older(Instant),
}

/// How long it is taken for granted that an older one is there.
const INTERVAL: Duration = Duration::from_secs(30);

impl PostgresLogs {
    /// Returns whether what a commit brings may be put into blocks. When it may, no program starts any more that does
    /// not know them.
    pub(crate) async fn may_write_blocks(&self) -> Result<bool, StatementError> {
        match self.programs.get() {
            Known::All => return Ok(true),
            Known::Older(since) if since.elapsed() < INTERVAL => return Ok(false),
            Known::Older(_) | Known::Nothing => {}
        }
        let all = self.database.run(async |connection| {
            let transaction = connection.transaction().await?;
            let all = need_programs_with_blocks(&transaction).await?;
            transaction.commit().await?;
            Ok(all)
        });
        let all = all.await?;
        self.programs.set(match all {
            true => Known::All,
            false => Known::Older(Instant::now()),
        });
        Ok(all)
    }
}

impl Programs {
    fn get(&self) -> Known {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, known: Known) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}
