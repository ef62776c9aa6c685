use crate::{Change, OperationError, Operations};
use central_logger_client_records::quota::{Quota, QuotaUpdate};
use central_logger_keys::ClientId;
use serde::Serialize;

/// The quota of a client, which all of its keys share.
#[derive(Debug, Clone, Serialize)]
pub struct ClientQuota {
    /// The client.
    pub client_id: ClientId,
    /// Its quota.
    #[serde(flatten)]
    pub quota: Quota,
}

impl Operations {
    /// Changes the quota of a client, which may have no keys yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_quota(
        &self,
        client: &ClientId,
        update: &QuotaUpdate,
    ) -> Result<Change<ClientQuota>, OperationError> {
        self.caller.check_provider_writes()?;
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
    /// When nothing is known of the client, or the store fails.
    pub async fn quota(&self, client: &ClientId) -> Result<ClientQuota, OperationError> {
        self.caller.check_provider_reads()?;
        self.keyring.find_client(client).await?;
        Ok(ClientQuota {
            client_id: client.clone(),
            quota: self.keyring.client_book(client).await?.quota(client),
        })
    }
}
