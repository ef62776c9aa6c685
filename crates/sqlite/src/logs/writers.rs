use crate::{
    error::FileError,
    file::File,
    row::{SqliteRow, unix_ms},
};
use central_logger_log_store::store::{Lot, WriterHolder, WriterNumber};
use central_logger_sql_rows::logs::{self, WRITER_COLUMNS};
use time::OffsetDateTime;

pub(super) async fn lend(
    file: &File,
    holder: WriterHolder,
    from: u64,
    now: OffsetDateTime,
) -> Result<Lot, FileError> {
    file.write(move |transaction| {
        let sql = format!("SELECT {WRITER_COLUMNS} FROM log_writers ORDER BY number");
        let mut select = transaction.prepare_cached(&sql)?;
        let numbers = select.query_map([], |row| Ok(logs::read_writer(&SqliteRow(row))))?;
        let numbers: Result<Vec<_>, FileError> = numbers.map(|number| Ok(number??)).collect();
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
