use crate::{error::FileError, file::File, row::unix_ms};
use async_trait::async_trait;
use central_logger_limits::{
    LimitStore, LimitStoreError,
    exchange::{Exchange, Granted},
    settling::Settling,
};
use central_logger_sql_rows::UnreadableRow;
use central_logger_times::Clock;
use rusqlite::{OptionalExtension, Transaction};
use std::{collections::HashMap, sync::Arc};
use time::OffsetDateTime;

/// Limits that all servers share, in a SQLite file.
#[derive(Debug)]
pub struct SqliteLimits {
    file: File,
    clock: Arc<dyn Clock>,
}

impl SqliteLimits {
    pub(crate) fn new(file: File, clock: Arc<dyn Clock>) -> Self {
        Self { file, clock }
    }
}

#[async_trait]
impl LimitStore for SqliteLimits {
    async fn exchange(&self, asked: &[Exchange]) -> Result<Vec<Granted>, LimitStoreError> {
        let (asked, clock) = (asked.to_vec(), Arc::clone(&self.clock));
        let granted = self.file.write(move |transaction| {
            let mut settling = Settling::new(&asked);
            let texts = read(transaction, &settling.ids())?;
            let now = clock.now();
            let changes = settling.settle(&texts, now);
            let changes = changes.map_err(|error| UnreadableRow::new(&error.id, &error.source))?;
            let sql =
                "INSERT OR REPLACE INTO shared_limits (id, state, used_at) VALUES (?1, ?2, ?3)";
            let mut write = transaction.prepare_cached(sql)?;
            for change in changes {
                write.execute((change.id, change.after, unix_ms(now)))?;
            }
            Ok(settling.finish())
        });
        Ok(granted.await?)
    }

    async fn purge(&self, before: OffsetDateTime) -> Result<(), LimitStoreError> {
        let purged = self.file.write(move |transaction| {
            let sql = "DELETE FROM shared_limits WHERE used_at < ?1";
            transaction.execute(sql, [unix_ms(before)])?;
            Ok(())
        });
        Ok(purged.await?)
    }
}

fn read(transaction: &Transaction<'_>, ids: &[&str]) -> Result<HashMap<String, String>, FileError> {
    let mut select = transaction.prepare_cached("SELECT state FROM shared_limits WHERE id = ?1")?;
    let mut texts = HashMap::new();
    for id in ids {
        if let Some(text) = select.query_row([id], |row| row.get(0)).optional()? {
            texts.insert((*id).to_owned(), text);
        }
    }
    Ok(texts)
}
