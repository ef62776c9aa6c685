use crate::{Secret, TargetError};
use async_trait::async_trait;
use central_logger_keys::{ApiKey, ClientId, KeyId};
use time::OffsetDateTime;
use uuid::Uuid;

/// A place that the programs of a client read their key from.
#[async_trait]
pub trait Target: Send + Sync {
    /// Returns what programs read now; nothing where there is no secret.
    ///
    /// # Errors
    /// When it cannot be read, for whatever reason but that it does not exist.
    async fn current(&self) -> Result<Option<Secret>, TargetError>;

    /// Puts a key there. A secret that does not exist is made.
    ///
    /// # Errors
    /// When it may not be there: [`TargetError::may_be_written`] tells whether it may be all the same.
    async fn put(&self, parcel: &Parcel<'_>) -> Result<(), TargetError>;

    /// Returns what an interrupted [`put`](Self::put) of this version has left beside what programs read.
    ///
    /// # Errors
    /// As [`current`](Self::current).
    async fn staged(&self, _version: Uuid) -> Result<Option<Secret>, TargetError> {
        Ok(None)
    }

    /// Makes programs read what is [staged](Self::staged).
    ///
    /// # Errors
    /// When it may not be what they read.
    async fn promote(&self, _version: Uuid) -> Result<(), TargetError> {
        Ok(())
    }

    /// Checks that a key could be put there and read back, without changing what is there.
    ///
    /// # Errors
    /// When one could not.
    async fn check(&self) -> Result<(), TargetError>;
}

/// A key on its way to a target.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// The key.
    pub api_key: &'a ApiKey,
    /// Its public id.
    pub key_id: &'a KeyId,
    /// The client that it belongs to.
    pub client_id: &'a ClientId,
    /// The name of the version that holds it.
    pub version: Uuid,
    /// The URL that logs are sent to.
    pub api_url: &'a str,
    /// When the key expires.
    pub expires_at: Option<OffsetDateTime>,
}
