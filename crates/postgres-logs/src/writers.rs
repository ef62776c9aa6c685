use central_logger_log_store::store::{Lot, WriterHolder, WriterNumber};
use central_logger_postgres_database::{Database, PgRow, StatementError};
use central_logger_sql_rows::logs::{self, WRITER_COLUMNS};
use time::OffsetDateTime;

pub(crate) async fn lend(
    database: &Database,
    holder: WriterHolder,
    from: u64,
    now: OffsetDateTime,
) -> Result<Lot, StatementError> {
    let lent = database.run(async |connection| {
        let transaction = connection.transaction().await?;
        // The lock lets one decide at a time. What was lent must not be lent again after a crash.
        let begin = "SET LOCAL synchronous_commit = on;
                     LOCK TABLE log_writers IN SHARE ROW EXCLUSIVE MODE";
        transaction.batch_execute(begin).await?;
        let sql = format!("SELECT {WRITER_COLUMNS} FROM log_writers ORDER BY number");
        let rows = transaction.query(&sql, &[]).await?;
        let numbers = rows.iter().map(|row| logs::read_writer(&PgRow(row)));
        let numbers: Result<Vec<_>, _> = numbers.collect();
        let (lot, lent) = WriterNumber::lend(&numbers?, holder, from, now)?;
        let store = "INSERT INTO log_writers (number, holder, bound, held_until)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (number) DO UPDATE
                     SET holder = excluded.holder, bound = excluded.bound,
                         held_until = excluded.held_until";
        let number = i32::from(lent.number);
        // It has 52 bits.
        let bound = i64::try_from(lent.bound).unwrap_or(i64::MAX);
        let holder = lent.holder.as_uuid();
        transaction
            .execute(store, &[&number, holder, &bound, &lent.held_until])
            .await?;
        transaction.commit().await?;
        Ok(lot)
    });
    lent.await
}
