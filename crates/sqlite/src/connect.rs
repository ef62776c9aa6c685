//! Connections to a database file.

use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long to wait for another process that is writing.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes the file, for its owner only, and the directories above it. SQLite gives its side files
/// the same permissions.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => return Ok(()),
        Ok(_) => return Err(io::Error::other("it is no regular file")),
        Err(_) => {}
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    enter_wal(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    set_secure_delete(&connection, "ON")?;
    // Opens the log of writes, so that it is there to be looked at.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// Waits for others that do the same: for this one change SQLite refuses at once, whatever the busy
/// timeout says, where waiting might be in vain.
fn enter_wal(connection: &Connection) -> rusqlite::Result<()> {
    let began = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && began.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Sets whether what is deleted is overwritten: `ON`, so that nothing is left of logs that are forgotten in
/// pages that are not used any more, or `FAST`, where that takes no further writing.
///
/// <https://www.sqlite.org/pragma.html#pragma_secure_delete>
pub(crate) fn set_secure_delete(connection: &Connection, value: &str) -> rusqlite::Result<()> {
    connection.pragma_update(None, "secure_delete", value)
}
