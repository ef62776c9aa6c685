use async_trait::async_trait;
use central_logger_limits::{
    LimitStore, LimitStoreError,
    exchange::{Exchange, Granted},
    settling::{Change, Settling},
};
use central_logger_postgres_database::{Database, StatementError};
use central_logger_sql_rows::UnreadableRow;
use std::sync::Arc;
use time::OffsetDateTime;

/// Limits that all servers share, in PostgreSQL.
#[derive(Debug)]
pub struct PostgresLimits {
    pub(crate) database: Arc<Database>,
}

/// So many times others may come first.
const ATTEMPTS: usize = 50;

#[async_trait]
impl LimitStore for PostgresLimits {
    async fn exchange(&self, asked: &[Exchange]) -> Result<Vec<Granted>, LimitStoreError> {
        let granted = self.database.run(async |connection| {
            // Nothing is locked between the two, so that each takes one round trip: what somebody else
            // has changed in between is read again.
            let read = "SELECT clock_timestamp(), wanted.id, state
                        FROM unnest($1::text[]) AS wanted (id) LEFT JOIN shared_limits USING (id)";
            // In order, so that servers never wait for each other in turn.
            let write = "WITH change AS (
                    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS change (id, before, after)
                ), same AS (
                    SELECT id, after FROM shared_limits JOIN change USING (id) WHERE state = before
                    ORDER BY id FOR UPDATE OF shared_limits
                ), updated AS (
                    UPDATE shared_limits SET state = after, used_at = clock_timestamp()
                    FROM same WHERE shared_limits.id = same.id RETURNING shared_limits.id
                ), inserted AS (
                    INSERT INTO shared_limits (id, state)
                    SELECT id, after FROM change WHERE before IS NULL ORDER BY id
                    ON CONFLICT DO NOTHING RETURNING id
                )
                SELECT id FROM updated UNION ALL SELECT id FROM inserted";
            let read = connection.prepare_cached(read).await?;
            let write = connection.prepare_cached(write).await?;
            let mut settling = Settling::new(asked);
            for _ in 0..ATTEMPTS {
                let ids = settling.ids();
                if ids.is_empty() {
                    return Ok(settling.finish());
                }
                let rows = connection.query(&read, &[&ids]).await?;
                let texts = rows.iter().filter_map(|row| Some((row.get(1), row.try_get(2).ok()?)));
                let now: OffsetDateTime = rows[0].try_get(0)?;
                let changes = settling.settle(&texts.collect(), now);
                let changes = changes.map_err(|error| UnreadableRow::new(&error.id, &error.source))?;
                let of = |part: fn(&Change) -> Option<&str>| changes.iter().map(part).collect::<Vec<_>>();
                let (ids, after) = (of(|change| Some(&change.id)), of(|change| Some(&change.after)));
                let before = of(|change| change.before.as_deref());
                let rows = connection.query(&write, &[&ids, &before, &after]).await?;
                let written: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                settling.note_written(&written);
            }
            Err(StatementError::TimedOut)
        });
        Ok(granted.await?)
    }

    async fn purge(&self, before: OffsetDateTime) -> Result<(), LimitStoreError> {
        let purged = self.database.run(async |connection| {
            let sql = "DELETE FROM shared_limits WHERE used_at < $1";
            connection.execute(sql, &[&before]).await?;
            Ok(())
        });
        Ok(purged.await?)
    }
}
