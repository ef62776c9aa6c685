use crate::{error::AdminError, output::Output, when::When};
use central_logger_command_line::SharedFlags;
use central_logger_database::{Database, OpenOptions};
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{Actor, HashPool, Keyring};
use central_logger_keys::{ApiKey, KeyForm, KeyId};
use central_logger_log_store::LogPruner;
use central_logger_settings::Settings;
use central_logger_times::{Clock, SystemClock, Timestamp};
use std::sync::Arc;
use time::OffsetDateTime;

/// What commands stand on: settings and output at once, the database when it is needed.
pub(crate) struct Context<'a> {
    pub(crate) flags: &'a SharedFlags,
    pub(crate) output: Output,
}

/// The keys in the database.
pub(crate) struct Keys {
    pub(crate) keyring: Keyring,
    /// What removes logs, which lie in the same database.
    pub(crate) logs: Arc<dyn LogPruner>,
    /// Usage and alerts.
    pub(crate) activity: Arc<dyn ActivityStore>,
    pub(crate) operator: Actor,
    pub(crate) settings: Settings,
}

impl<'a> Context<'a> {
    pub(crate) fn new(flags: &'a SharedFlags, output: &Output) -> Self {
        Self {
            flags,
            output: *output,
        }
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

    /// The point in time that an option names, if it is given.
    pub(crate) fn point(&self, when: Option<When>) -> Result<Option<Timestamp>, AdminError> {
        let point = when.map(|when| when.from(self.now()).map_err(AdminError::Expiry));
        point.transpose()
    }

    /// Opens the database to look at keys or to withdraw them.
    pub(crate) async fn keys(&self) -> Result<Keys, AdminError> {
        let settings = self.settings()?;
        let database = settings.open_database(&OpenOptions::default()).await?;
        Ok(Keys::new(&*database, settings))
    }

    /// Opens the database to store keys. A new one gets its schema; an older one is left for
    /// `migrate`, since servers may be working with it.
    pub(crate) async fn keys_to_add(&self) -> Result<Keys, AdminError> {
        let settings = self.settings()?;
        let database = settings.open_database(&OpenOptions::default()).await?;
        if database.is_new().await? {
            database.migrate().await?;
            self.output.remark("The database is new: made its schema.");
        }
        Ok(Keys::new(&*database, settings))
    }
}

impl Keys {
    pub(crate) fn new(database: &dyn Database, settings: Settings) -> Self {
        let hashes = HashPool::new(settings.hasher.clone()).for_a_command();
        let operator = operator();
        let clock = Arc::new(SystemClock);
        Self {
            keyring: Keyring::new(database.keys(), hashes, clock, operator.clone()),
            logs: database.log_pruner(),
            activity: database.activity(),
            operator,
            settings,
        }
    }
}

/// Who is at the keyboard, as far as the operating system knows.
fn operator() -> Actor {
    let unknown = |_| "unknown".to_owned();
    let user = whoami::username().unwrap_or_else(unknown);
    let host = whoami::hostname().unwrap_or_else(unknown);
    Actor::new(&format!("{user}@{host}"))
}

/// The id that an argument names. A key that was pasted in its place is never repeated.
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
