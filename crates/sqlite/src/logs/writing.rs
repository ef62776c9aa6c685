use super::COLUMNS;
use crate::{error::FileError, file::File, keys::unix_ms};
use central_logger_keys::ClientId;
use central_logger_log_store::LogEntry;
use time::OffsetDateTime;

pub(super) async fn append(
    file: &File,
    client: &ClientId,
    received_at: OffsetDateTime,
    entries: &[LogEntry],
) -> Result<(), FileError> {
    let (client, entries) = (client.clone(), entries.to_vec());
    let sql = format!(
        "INSERT INTO workflow_logs (client_id, {COLUMNS})
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT DO NOTHING"
    );
    let done = file.write(move |transaction| {
        let mut insert = transaction.prepare_cached(&sql)?;
        for entry in &entries {
            insert.execute((
                client.as_str(),
                entry.id().as_uuid().as_bytes(),
                unix_ms(received_at),
                entry.environment(),
                entry.executed_at().as_str(),
                entry.status(),
                entry.workflow(),
                entry.message(),
                entry.event_id(),
                entry.extra(),
            ))?;
        }
        Ok(())
    });
    done.await
}
