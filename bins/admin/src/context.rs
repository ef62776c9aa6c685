use crate::{error::AdminError, output::Output, when::When};
use central_logger_command_line::SharedFlags;
use central_logger_database::{Database, OpenOptions};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::Actor;
use central_logger_keys::{ApiKey, KeyForm, KeyId};
use central_logger_operations::{Caller, Operations, StaticEntries, Stores};
use central_logger_settings::Settings;
use central_logger_times::{Clock, SystemClock, Timestamp};
use std::sync::Arc;
use time::OffsetDateTime;

/// What commands work with: settings and output at once, the database when it is needed.
pub(crate) struct Context<'a> {
    pub(crate) flags: &'a SharedFlags,
    pub(crate) output: Output,
}

/// The provider's operations on an open database, and the settings it was opened with.
pub(crate) struct Opened {
    pub(crate) operations: Operations,
    pub(crate) settings: Settings,
}

impl<'a> Context<'a> {
    pub(crate) fn new(flags: &'a SharedFlags, output: Output) -> Self {
        Self { flags, output }
    }

    pub(crate) fn settings(&self) -> Result<Settings, AdminError> {
        let settings = Settings::read(self.flags.environment()?)?;
        if let Some(advice) = settings.exposed_password() {
            self.output.remark(advice);
        }
        Ok(settings)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        SystemClock.now()
    }

    /// Returns the point in time that an option names, if it is given.
    pub(crate) fn point(&self, when: Option<When>) -> Result<Option<Timestamp>, AdminError> {
        let point = when.map(|when| when.from(self.now()).map_err(AdminError::Expiry));
        point.transpose()
    }

    /// Opens the database and leaves its schema as it is.
    pub(crate) async fn open(&self) -> Result<Opened, AdminError> {
        let settings = self.settings()?;
        let database = settings.open_database(&OpenOptions::default()).await?;
        Ok(Opened::new(&*database, settings))
    }

    /// Opens the database to store keys. A new one gets its schema; an older one is left to `migrate`,
    /// since servers may be working with it.
    pub(crate) async fn open_or_create(&self) -> Result<Opened, AdminError> {
        let settings = self.settings()?;
        let database = settings.open_database(&OpenOptions::default()).await?;
        if database.is_new().await? {
            database.migrate().await?;
            self.output
                .remark("The database is new: created its schema.");
        }
        Ok(Opened::new(&*database, settings))
    }
}

impl Opened {
    pub(crate) fn new(database: &dyn Database, settings: Settings) -> Self {
        let stores = Stores {
            keys: database.keys(),
            activity: database.activity(),
            logs: database.log_pruner(),
            sessions: database.sessions(),
        };
        let hashes = HashPool::new(settings.hasher.clone()).for_a_command();
        let caller = Caller::Provider(person());
        Self {
            operations: Operations::new(stores, hashes, Arc::new(SystemClock), caller),
            settings,
        }
    }

    pub(crate) fn static_entries(&self) -> StaticEntries {
        StaticEntries::read(&self.settings.environment)
    }
}

/// Returns who is at the keyboard, as far as the operating system knows.
fn person() -> Actor {
    let unknown = |_| "unknown".to_owned();
    let user = whoami::username().unwrap_or_else(unknown);
    let host = whoami::hostname().unwrap_or_else(unknown);
    Actor::new(&format!("{user}@{host}"))
}

/// Parses the id in an argument. A key that was pasted in its place is never repeated.
pub(crate) fn key_id(text: &str) -> Result<KeyId, AdminError> {
    /// Longer than any id that is made, and shorter than any key.
    const MAX_LENGTH: usize = 24;
    if let Ok(key) = ApiKey::parse(text)
        && let KeyForm::Generated { id, .. } = key.form()
    {
        return Err(AdminError::KeyForId(id.clone()));
    }
    match text.parse::<KeyId>() {
        Ok(_) if text.starts_with("static-") => Err(AdminError::StaticKey),
        Ok(id) if text.len() <= MAX_LENGTH => Ok(id),
        _ => Err(AdminError::NoKeyId),
    }
}
