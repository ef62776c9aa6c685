use crate::{
    connect::{connect, create, set_secure_delete},
    error::{FileError, OpenError},
    in_place::InPlace,
    migrations,
    reserve::Reserve,
    write_ahead_log::WriteAheadLog,
};
use central_logger_health::Outage;
use central_logger_sql_rows::migrations::{Migrations, Schema};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// One database file: a connection that writes, and a few that read beside it.
///
/// SQLite blocks, so all work is done on blocking threads.
#[derive(Clone)]
pub(crate) struct File(Arc<Inner>);

struct Inner {
    path: PathBuf,
    migrations: Migrations,
    is_current: AtomicBool,
    /// Whether the last write failed as on a disk that is full.
    is_full: AtomicBool,
    in_place: InPlace,
    reserve: Arc<Reserve>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    reading: Arc<Semaphore>,
    outage: Outage,
    write_ahead_log: WriteAheadLog,
}

/// How many steps SQLite's machine takes before it is looked again.
const STEPS_BETWEEN_LOOKS: i32 = 1000;

impl File {
    /// How many may read at once.
    pub(crate) const READERS: usize = 6;

    pub(crate) async fn open(
        path: PathBuf,
        migrations: Migrations,
        reserve: Arc<Reserve>,
    ) -> Result<Self, OpenError> {
        spawn_blocking(move || {
            create(&path).map_err(|error| OpenError::Create(path.clone(), error))?;
            let connect = || connect(&path).map_err(|error| OpenError::Sqlite(path.clone(), error));
            let writer = connect()?;
            let readers = (0..Self::READERS)
                .map(|_| connect())
                .collect::<Result<_, _>>()?;
            let file = Self(Arc::new(Inner {
                writer: Mutex::new(writer),
                readers: Mutex::new(readers),
                reading: Arc::new(Semaphore::new(Self::READERS)),
                is_current: AtomicBool::new(false),
                outage: Outage::of("the database"),
                write_ahead_log: WriteAheadLog::of(&path),
                is_full: AtomicBool::new(false),
                in_place: InPlace::of(&path),
                reserve,
                path,
                migrations,
            }));
            file.on_writer(|connection, file| file.inspect(connection))?;
            Ok(file)
        })
        .await?
    }

    pub(crate) async fn pending(&self) -> Result<Vec<&'static str>, OpenError> {
        let file = self.clone();
        spawn_blocking(move || {
            let schema = file.on_writer(|connection, file| file.inspect(connection))?;
            Ok(file.0.migrations.missing_names(schema))
        })
        .await?
    }

    pub(crate) async fn migrate(&self) -> Result<Vec<&'static str>, OpenError> {
        let file = self.clone();
        spawn_blocking(move || {
            file.on_writer(|connection, file| {
                let applied = migrations::apply(connection, file.migrations);
                applied.map_err(|error| OpenError::Sqlite(file.path.clone(), error))
            })
        })
        .await?
    }

    /// Another connection to the file.
    pub(crate) fn connect(&self) -> Result<Connection, FileError> {
        let connection = connect(&self.0.path)?;
        self.need_in_place()?;
        Ok(connection)
    }

    /// Fails when the file is not the one that was opened.
    pub(crate) fn need_in_place(&self) -> Result<(), FileError> {
        self.0.in_place.check()
    }

    /// Looks at the schema anew, on a connection to the file, and fails when this program cannot work
    /// with it. All others fail from then on too.
    pub(crate) fn look_at_schema(&self, connection: &Connection) -> Result<(), FileError> {
        self.0.look_at_schema(connection)
    }

    /// Whether something may be written that need not be.
    pub(crate) fn need_room(&self, connection: &Connection) -> Result<(), FileError> {
        let unused = || unused(connection).unwrap_or(0);
        match self.0.reserve.has_room_beside(unused) {
            true => Ok(()),
            false => Err(FileError::NoRoom),
        }
    }

    /// Fails when nothing can be written, as on a disk that is full. It is tried only when it has failed
    /// before.
    pub(crate) async fn ready_to_write(&self) -> Result<(), FileError> {
        if !self.0.is_full.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Writes the first page of the file as it is.
        let sql = "PRAGMA user_version";
        self.write(move |transaction| {
            let version: i32 =
                transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(transaction.execute_batch(&format!("{sql} = {version}"))?)
        })
        .await
    }

    /// Reads with a connection of its own, beside a write under way.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        // The semaphore is never closed, and lets in no more than there are connections.
        // The turn goes with the work, which runs on when the caller is gone.
        let turn = Arc::clone(&self.0.reading).acquire_owned().await;
        let file = self.clone();
        let done = spawn_blocking(move || {
            let _turn = turn;
            let lent = file.lock_readers().pop();
            let Some(connection) = lent else {
                // A reader was lost with a panic; one made anew takes its place.
                let connection = file.connect()?;
                return file.lend(connection, work);
            };
            file.lend(connection, work)
        });
        self.tell(done.await?)
    }

    /// Reads, and is interrupted when nobody waits for it any more.
    pub(crate) async fn read_while_asked<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let asked = Asked::default();
        let has_gone = Arc::clone(&asked.has_gone);
        self.read(move |connection| {
            let is_over = move || has_gone.load(Ordering::Relaxed);
            connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(is_over))?;
            let done = work(connection);
            connection.progress_handler(0, None::<fn() -> bool>)?;
            done
        })
        .await
    }

    /// Writes in one transaction, which is committed when `work` succeeds.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let file = self.clone();
        let done =
            spawn_blocking(move || file.on_writer(|connection, file| file.write(connection, work)));
        self.tell(done.await?)
    }

    /// As [`write`](Self::write), for what has to be done although the disk is full: with the room that
    /// is kept back for this. What is deleted then is not overwritten until its pages are used again.
    pub(crate) async fn write_in_need<T: Send + 'static>(
        &self,
        work: impl Fn(&Transaction<'_>) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let file = self.clone();
        let done = spawn_blocking(move || {
            file.on_writer(|connection, file| {
                let has_room = file.reserve.has_room_to_overwrite();
                set_secure_delete(connection, if has_room { "ON" } else { "FAST" })?;
                let done = match file.write(connection, &work) {
                    Err(error) if error.is_full() && file.reserve.give_up() => {
                        set_secure_delete(connection, "FAST")?;
                        file.write(connection, &work)
                    }
                    done => done,
                };
                set_secure_delete(connection, "ON")?;
                done
            })
        });
        self.tell(done.await?)
    }

    /// Tells the log of an outage.
    pub(crate) fn tell<T>(&self, done: Result<T, FileError>) -> Result<T, FileError> {
        match &done {
            Err(error) if error.is_transient() => self.0.outage.failed(error),
            // It has answered, if only that it will not do it.
            Ok(_) | Err(_) => self.0.outage.answered(),
        }
        done
    }

    fn lend<T>(
        &self,
        mut connection: Connection,
        work: impl FnOnce(&mut Connection) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let done = self
            .need_in_place()
            .and_then(|()| self.0.need_current_schema(&connection))
            .and_then(|()| work(&mut connection));
        self.lock_readers().push(connection);
        done
    }

    fn on_writer<T>(&self, work: impl FnOnce(&mut Connection, &Inner) -> T) -> T {
        // A panic drops the transaction under way, which rolls it back.
        let mut writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut writer, &self.0)
    }

    fn lock_readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The side that waits for a read. Dropping it tells the read.
#[derive(Default)]
struct Asked {
    has_gone: Arc<AtomicBool>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.has_gone.store(true, Ordering::Relaxed);
    }
}

impl Inner {
    fn write<T>(
        &self,
        connection: &mut Connection,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let done = self.write_once(connection, work);
        match &done {
            Ok(_) => self.is_full.store(false, Ordering::Relaxed),
            Err(error) if error.is_full() => self.is_full.store(true, Ordering::Relaxed),
            Err(_) => {}
        }
        done
    }

    fn write_once<T>(
        &self,
        connection: &mut Connection,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        self.need_current_schema(connection)?;
        self.in_place.check()?;
        let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        // What was committed into a file that is gone is gone with it.
        self.in_place.check()?;
        self.write_ahead_log.bound(connection);
        Ok(done)
    }

    fn inspect(&self, connection: &Connection) -> Result<Schema, OpenError> {
        let schema = migrations::inspect(connection, self.migrations)
            .map_err(|error| OpenError::Sqlite(self.path.clone(), error))?;
        match schema {
            Schema::TooNew(found) => Err(OpenError::TooNew {
                path: self.path.clone(),
                found,
                known: self.migrations.known(),
            }),
            other => Ok(other),
        }
    }

    /// Another process may migrate the file at any time, so what was not current is looked at again.
    fn need_current_schema(&self, connection: &Connection) -> Result<(), FileError> {
        match self.is_current.load(Ordering::Relaxed) {
            true => Ok(()),
            false => self.look_at_schema(connection),
        }
    }

    fn look_at_schema(&self, connection: &Connection) -> Result<(), FileError> {
        let found = self.inspect(connection);
        let is_current = matches!(found, Ok(Schema::Current));
        self.is_current.store(is_current, Ordering::Relaxed);
        match found {
            Ok(Schema::Current) => Ok(()),
            Ok(_) => Err(FileError::Outdated),
            Err(OpenError::Sqlite(_, error)) => Err(FileError::Sqlite(error)),
            Err(error) => Err(FileError::TooNew(Box::new(error))),
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("File").field(&self.0.path).finish()
    }
}

/// How many bytes of the file can be written to without making it longer.
fn unused(connection: &Connection) -> rusqlite::Result<u64> {
    let value = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let bytes = value("freelist_count")? * value("page_size")?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

#[cfg(test)]
mod tests;
