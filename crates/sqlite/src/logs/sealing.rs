use super::{SqliteLogs, blocks, swapping, totals};
use crate::{
    error::FileError,
    row::{SqliteRow, unix_ms},
};
use async_trait::async_trait;
use central_logger_block_store::{
    BlockStore, BlockTotals, KeptContents, Sealable, StoredBlock, Swap, Swapped, Unsealed,
};
use central_logger_blocks::{Entry, Limits};
use central_logger_keys::{ClientId, InvalidClientId};
use central_logger_log_store::{LogId, LogStoreError, StoredLog};
use central_logger_sql_rows::logs::{self, COLUMNS};
use rusqlite::{OptionalExtension, types::Type};
use std::{ops::RangeInclusive, sync::atomic::Ordering};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How many rows are taken out in one transaction: others wait for less than 50 ms, also on a busy machine.
const ROWS: usize = 2048;
/// How many rows are deleted in one transaction.
const STEP: i64 = 1000;

#[async_trait]
impl BlockStore for SqliteLogs {
    async fn next_client_with(
        &self,
        unsealed: Unsealed,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        let sql = match unsealed {
            Unsealed::Rows => {
                "SELECT client_id FROM workflow_logs WHERE client_id > ?1
                 ORDER BY client_id LIMIT 1"
            }
            Unsealed::FreshBlocks => {
                "SELECT client_id FROM log_blocks
                 WHERE client_id > ?1 AND fresh_since IS NOT NULL ORDER BY client_id LIMIT 1"
            }
        };
        Ok(self.next_client_of(sql, after).await?)
    }

    async fn try_lead(
        &self,
        server: &str,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<bool, LogStoreError> {
        let (server, until) = (server.to_owned(), unix_ms(now + length));
        let taken = self.file.write(move |transaction| {
            let sql = "UPDATE log_sealing SET leader = ?1, until = ?3
                       WHERE leader = ?1 OR until <= ?2 OR until > ?3";
            Ok(transaction.execute(sql, (server, unix_ms(now), until))? > 0)
        });
        Ok(taken.await?)
    }

    async fn totals(&self) -> Result<BlockTotals, LogStoreError> {
        let totals = self.file.read(|connection| totals::read(connection));
        Ok(totals.await?)
    }

    async fn sealable(
        &self,
        client: &ClientId,
        which: &Sealable,
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        let (client, which) = (client.clone(), *which);
        let sql = format!(
            "SELECT {COLUMNS} FROM workflow_logs
             WHERE client_id = ?1 AND id > ?2 AND received_at < ?3 ORDER BY id LIMIT ?4"
        );
        let rows = self.file.read(move |connection| {
            let after = which.after.map_or(Uuid::nil(), |id| *id.as_uuid());
            let most = i64::try_from(which.rows).unwrap_or(i64::MAX);
            let mut select = connection.prepare_cached(&sql)?;
            let received_before = which.received_before.map_or(i64::MAX, unix_ms);
            let parameters = (client.as_str(), after.as_bytes(), received_before, most);
            let mut rows = select.query(parameters)?;
            let (mut found, mut text_bytes) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let log = logs::read(&client, &SqliteRow(row))?;
                text_bytes += Entry::from(&log).text_len();
                found.push(log);
                if text_bytes >= which.text_bytes {
                    break;
                }
            }
            Ok(found)
        });
        Ok(rows.await?)
    }

    fn rows_at_once(&self) -> usize {
        ROWS
    }

    async fn fresh_blocks(
        &self,
        client: &ClientId,
        after: Option<LogId>,
        most: usize,
    ) -> Result<Vec<StoredBlock>, LogStoreError> {
        let (client, most) = (client.clone(), most as i64);
        let found = self.file.read(move |connection| {
            let sql = "SELECT number, header, NULL, NULL, first_id, last_id, entries
                       FROM log_blocks WHERE client_id = ?1 AND first_id > ?2 AND fresh_since IS NOT NULL
                       ORDER BY first_id LIMIT ?3";
            let after = after.map_or(Uuid::nil(), |id| *id.as_uuid());
            blocks::select(connection, sql, (client.as_str(), after.as_bytes(), most))
        });
        Ok(found.await?)
    }

    async fn small_blocks(
        &self,
        client: &ClientId,
        ids: RangeInclusive<LogId>,
        smaller_than: Limits,
        most: usize,
    ) -> Result<Vec<StoredBlock>, LogStoreError> {
        let client = client.clone();
        let found = self.file.read(move |connection| {
            let sql = "SELECT number, header, NULL, NULL, first_id, last_id, entries
                       FROM log_blocks WHERE client_id = ?1 AND first_id >= ?2 AND first_id <= ?3 AND entries < ?4
                         AND text_bytes < ?5 AND fresh_since IS NULL
                       ORDER BY first_id DESC LIMIT ?6";
            let parameters = (
                client.as_str(),
                ids.start().as_uuid().as_bytes(),
                ids.end().as_uuid().as_bytes(),
                smaller_than.entries as i64,
                smaller_than.text_bytes as i64,
                most as i64,
            );
            blocks::select(connection, sql, parameters)
        });
        Ok(found.await?)
    }

    async fn contents(
        &self,
        client: &ClientId,
        block: &StoredBlock,
    ) -> Result<Option<KeptContents>, LogStoreError> {
        let (client, block) = (client.clone(), block.clone());
        let found = self
            .file
            .read(move |connection| blocks::contents(connection, &client, &block));
        Ok(found.await?)
    }

    async fn swap(&self, client: &ClientId, swap: Swap) -> Result<Swapped, LogStoreError> {
        let client = client.clone();
        if swap.sealed.is_empty() {
            let swapped = self
                .file
                .write_in_need(move |transaction| swapping::swap_all(transaction, &client, &swap));
            return Ok(swapped.await?);
        }
        if !self.all_read_blocks().await? {
            return Ok(Swapped::TooEarly);
        }
        let file = self.file.clone();
        let swapped = self.file.write(move |transaction| {
            file.need_room(transaction)?;
            transaction.execute_batch(OLDER_PROGRAMS_STOP)?;
            swapping::swap_all(transaction, &client, &swap)
        });
        Ok(swapped.await?)
    }

    async fn earliest_block(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<Option<StoredBlock>, LogStoreError> {
        let client = client.clone();
        let found = self.file.read(move |connection| {
            let sql = "SELECT number, header, NULL, NULL, first_id, last_id, entries
                       FROM log_blocks WHERE client_id = ?1 AND (?2 IS NULL OR first_id < ?2)
                       ORDER BY first_id LIMIT 1";
            let before = before.map(|id| *id.as_uuid().as_bytes());
            blocks::select(connection, sql, (client.as_str(), before))
        });
        Ok(found.await?.pop())
    }

    async fn delete_rows(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        let client = client.clone();
        let removed = self.file.write_in_need(move |transaction| {
            let sql = "DELETE FROM workflow_logs WHERE client_id = ?1 AND id IN (
                           SELECT id FROM workflow_logs
                           WHERE client_id = ?1 AND (?2 IS NULL OR id < ?2) ORDER BY id LIMIT ?3)";
            let before = before.map(|id| *id.as_uuid().as_bytes());
            let mut delete = transaction.prepare_cached(sql)?;
            Ok(delete.execute((client.as_str(), before, STEP))?)
        });
        Ok(removed.await?)
    }
}

/// The version of the schema of keys that the programs know which read blocks.
const READS_BLOCKS: u32 = 15;

/// Programs that would not see blocks find the schema of logs too new from then on.
pub(super) const OLDER_PROGRAMS_STOP: &str = "
    UPDATE schema_migrations SET compatible_from = 4
    WHERE version = (SELECT max(version) FROM schema_migrations) AND compatible_from < 4";

impl SqliteLogs {
    pub(super) async fn next_client_of(
        &self,
        sql: &'static str,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, FileError> {
        let after = after.map(|client| client.as_str().to_owned());
        let next = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(sql)?;
            let next = select.query_row([after.unwrap_or_default()], |row| {
                let client: String = row.get(0)?;
                client.parse().map_err(|error: InvalidClientId| {
                    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into())
                })
            });
            Ok(next.optional()?)
        });
        next.await
    }

    /// Returns whether no server is left, within its lease, that cannot read blocks.
    pub(super) async fn all_read_blocks(&self) -> Result<bool, FileError> {
        if self.all_read_blocks.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let now = unix_ms(self.clock.now());
        let others = self.keys.read(move |connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM server_lease
                                      WHERE expires_at > ?1 AND coalesce(knows, 0) < ?2)";
            Ok(connection.query_row(sql, (now, READS_BLOCKS), |row| row.get::<_, bool>(0))?)
        });
        let all = !others.await?;
        self.all_read_blocks.store(all, Ordering::Relaxed);
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::{KEYS, LOGS};

    #[test]
    fn programs_that_read_blocks_know_the_migrations_that_make_room_for_them() {
        let keys = &KEYS.0[READS_BLOCKS as usize - 1];
        assert!(keys.name.ends_with("_lease_versions"), "{}", keys.name);
        let logs = LOGS
            .0
            .iter()
            .position(|migration| migration.name.ends_with("_log_blocks"));
        let number = logs.unwrap() + 1;
        let raised = format!("compatible_from = {number}");
        assert!(OLDER_PROGRAMS_STOP.contains(&raised), "{number}");
    }
}
