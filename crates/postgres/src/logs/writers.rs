use crate::{database::Database, error::StatementError};
use central_logger_log_store::{Lot, Place, WriterHolder, WriterNumber};
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

pub(super) async fn lend(
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
        let sql = "SELECT number, holder, bound, held_until FROM log_writers ORDER BY number";
        let rows = transaction.query(sql, &[]).await?;
        let numbers: Result<Vec<_>, _> = rows.iter().map(read).collect();
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

fn read(row: &Row) -> Result<WriterNumber, StatementError> {
    let number = u16::try_from(row.try_get::<_, i32>(0)?).ok();
    let number = number.filter(|number| *number < Place::WRITERS);
    let bound = u64::try_from(row.try_get::<_, i64>(2)?).ok();
    let (Some(number), Some(bound)) = (number, bound) else {
        return Err(StatementError::Damaged("the number of a writer is none"));
    };
    Ok(WriterNumber {
        number,
        holder: row.try_get::<_, Uuid>(1)?.into(),
        bound,
        held_until: row.try_get(3)?,
    })
}
