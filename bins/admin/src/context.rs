use crate::{error::AdminError, output::Output};
use central_logger_backend::{Backend, Flags, Settings};
use central_logger_key_store::{Clock, HashPool, Keyring, SystemClock};
use central_logger_keys::{ApiKey, KeyForm, KeyId, KeyPrefix};
use std::sync::Arc;
use time::OffsetDateTime;

/// What commands stand on: settings and output at once, the database when it is needed.
pub(crate) struct Context<'a> {
    pub(crate) flags: &'a Flags,
    pub(crate) output: Output,
}

/// The keys in the database.
pub(crate) struct Keys {
    pub(crate) keyring: Keyring,
    pub(crate) prefix: KeyPrefix,
}

impl<'a> Context<'a> {
    pub(crate) fn new(flags: &'a Flags, output: &Output) -> Self {
        Self {
            flags,
            output: *output,
        }
    }

    pub(crate) fn settings(&self) -> Result<Settings, AdminError> {
        Ok(Settings::read(self.flags)?)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        SystemClock.now()
    }

    /// Opens the database to look at keys or to withdraw them.
    pub(crate) async fn keys(&self) -> Result<Keys, AdminError> {
        let settings = self.settings()?;
        let backend = Backend::open(&settings.database_url).await?;
        Ok(Keys::new(&backend, settings))
    }

    /// Opens the database to store keys. A new one gets its schema; an older one is left for
    /// `migrate`, since servers may be working with it.
    pub(crate) async fn keys_to_add(&self, settings: Settings) -> Result<Keys, AdminError> {
        let backend = Backend::open(&settings.database_url).await?;
        if backend.is_new().await? {
            backend.migrate().await?;
            self.output.remark("The database is new: made its schema.");
        }
        Ok(Keys::new(&backend, settings))
    }
}

impl Keys {
    fn new(backend: &Backend, settings: Settings) -> Self {
        let hashes = HashPool::new(settings.hasher);
        Self {
            keyring: Keyring::new(backend.keys(), hashes, Arc::new(SystemClock)),
            prefix: settings.key_prefix,
        }
    }
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
