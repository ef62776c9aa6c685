use crate::{
    error::FileError,
    file::File,
    keys::{from_unix_ms, unix_ms},
};
use central_logger_log_store::{Lot, WriterHolder, WriterNumber};
use rusqlite::{Row, types::Type};
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) async fn lend(
    file: &File,
    holder: WriterHolder,
    from: u64,
    now: OffsetDateTime,
) -> Result<Lot, FileError> {
    file.write(move |transaction| {
        let sql = "SELECT number, holder, bound, held_until FROM log_writers ORDER BY number";
        let mut select = transaction.prepare_cached(sql)?;
        let numbers: Result<Vec<_>, _> = select.query_map([], read)?.collect();
        let (lot, lent) = WriterNumber::lend(&numbers?, holder, from, now)?;
        let mut store = transaction.prepare_cached(
            "INSERT OR REPLACE INTO log_writers (number, holder, bound, held_until)
             VALUES (?1, ?2, ?3, ?4)",
        )?;
        store.execute((
            lent.number,
            lent.holder.as_uuid().as_bytes(),
            // It has 52 bits.
            i64::try_from(lent.bound).unwrap_or(i64::MAX),
            unix_ms(lent.held_until),
        ))?;
        Ok(lot)
    })
    .await
}

fn read(row: &Row<'_>) -> rusqlite::Result<WriterNumber> {
    let held_until = from_unix_ms(row.get(3)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, Type::Integer, error.into())
    })?;
    Ok(WriterNumber {
        number: row.get(0)?,
        holder: Uuid::from_bytes(row.get(1)?).into(),
        bound: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
        held_until,
    })
}
