use crate::{Change, OperationError, Operations};
use central_logger_key_store::{
    KeyringError, Owners,
    quota::{Quota, QuotaDimension},
};
use central_logger_keys::ClientId;
use serde::Serialize;
use std::num::NonZeroU64;

/// The quota of a client, which all of its keys share.
#[derive(Debug, Clone, Serialize)]
pub struct ClientQuota {
    /// The client.
    pub client_id: ClientId,
    /// Its quota.
    #[serde(flatten)]
    pub quota: Quota,
}

/// A change of a quota. What it does not name stays as it is.
#[derive(Debug, Clone, Default)]
pub struct QuotaUpdate(Vec<(QuotaDimension, Option<NonZeroU64>)>);

impl QuotaUpdate {
    /// Sets a limit, or takes it away.
    #[must_use]
    pub fn with(mut self, dimension: QuotaDimension, limit: Option<NonZeroU64>) -> Self {
        self.0.push((dimension, limit));
        self
    }

    fn applied_to(&self, present: Quota) -> Quota {
        let limits = self.0.iter();
        limits.fold(present, |quota, (dimension, limit)| {
            quota.with(*dimension, *limit)
        })
    }
}

impl Operations {
    /// Changes the quota of a client.
    ///
    /// # Errors
    /// When the client has no keys, or the store fails.
    pub async fn set_quota(
        &self,
        client: &ClientId,
        update: &QuotaUpdate,
    ) -> Result<Change<ClientQuota>, OperationError> {
        let decide = |present| update.applied_to(present);
        let quota = self.keyring.set_quota(client, decide).await?.at_commit();
        Ok(self.changed(ClientQuota {
            client_id: client.clone(),
            quota,
        }))
    }

    /// Returns the quota of a client.
    ///
    /// # Errors
    /// When the client has no keys, or the store fails.
    pub async fn quota(&self, client: &ClientId) -> Result<ClientQuota, OperationError> {
        let keys = self.keyring.list(Owners::Client(client), None).await?;
        match keys.records.first() {
            Some(key) => Ok(ClientQuota {
                client_id: client.clone(),
                quota: key.quota,
            }),
            None => Err(KeyringError::NoKeys(client.clone()).into()),
        }
    }
}
