use crate::{Change, OperationError, Operations, StaticEntries, StaticKeysLeft};
use central_logger_key_store::settings::{ClientSettings, SettingChange};
use central_logger_keys::ClientId;
use central_logger_log_store::{RetentionPeriod, retention::purge};
use serde::Serialize;
use time::OffsetDateTime;

/// How long the logs of a client are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientRetention {
    /// The client, or `None` for all clients without a period of their own.
    pub client_id: Option<ClientId>,
    /// The period.
    pub keep: RetentionPeriod,
}

/// How long the logs of all clients are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetentionSettings {
    /// The period of all clients without one of their own.
    pub for_all: RetentionPeriod,
    /// The clients that have a period of their own.
    pub clients: Vec<ClientRetention>,
}

/// The receipt for the deletion of all logs of a client.
#[derive(Debug, Serialize)]
pub struct PurgeReceipt {
    /// The client.
    pub client_id: ClientId,
    /// How many entries were deleted.
    pub entries: usize,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who deleted them.
    pub actor: String,
    /// The entry of the audit trail that records it.
    pub audit_sequence: u64,
    /// What may still hold them for a time.
    pub may_remain_in: [&'static str; 3],
    /// The static keys of the client, which may send logs again.
    pub static_keys: StaticKeysLeft,
}

/// Where this program does not delete, in words for whoever gets the receipt.
const MAY_REMAIN_IN: [&str; 3] = [
    "backups",
    "the write-ahead log of the database, until it is overwritten",
    "on PostgreSQL the files of the tables, until VACUUM has freed their space and it is used again",
];

impl Operations {
    /// Returns how long logs are kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn retention(&self) -> Result<RetentionSettings, OperationError> {
        self.caller.check_provider_reads()?;
        let retention = self.keyring.retention().await?;
        let of_client = |client: &ClientId| ClientRetention::of(&retention, Some(client.clone()));
        Ok(RetentionSettings {
            for_all: ClientRetention::of(&retention, None).keep,
            clients: retention.clients.keys().map(of_client).collect(),
        })
    }

    /// Returns how long the logs of a client are kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn retention_of(&self, client: &ClientId) -> Result<ClientRetention, OperationError> {
        self.caller.check_provider_reads()?;
        let retention = self.keyring.retention().await?;
        Ok(ClientRetention::of(&retention, Some(client.clone())))
    }

    /// Returns the period that a change would bring in, when it makes a difference and is not without
    /// end: servers then delete what is older.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn preview_retention(
        &self,
        change: &SettingChange,
    ) -> Result<Option<RetentionPeriod>, OperationError> {
        self.caller.check_provider_reads()?;
        let before = self.keyring.retention().await?;
        let mut after = before.clone();
        after.apply(change);
        let keep = ClientRetention::of(&after, change.client_id.clone()).keep;
        Ok((after != before && keep != RetentionPeriod::Forever).then_some(keep))
    }

    /// Changes how long logs are kept. Servers delete what is older.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_retention(
        &self,
        change: &SettingChange,
    ) -> Result<Change<ClientRetention>, OperationError> {
        self.caller.check_provider_writes()?;
        let set = self.keyring.set_retention(change).await?.at_commit();
        Ok(self.changed(ClientRetention::of(&set, change.client_id.clone())))
    }

    /// Deletes all logs of a client for good. The audit trail records who did it, before and after, so
    /// that a crash in between leaves a trace.
    ///
    /// # Errors
    /// When a store fails. What was deleted until then stays deleted.
    pub async fn purge_logs(
        &self,
        client: &ClientId,
        static_entries: StaticEntries,
    ) -> Result<Change<PurgeReceipt>, OperationError> {
        self.caller.check_provider_writes()?;
        self.keyring.record_purge(client, None).await?;
        let entries = purge(&*self.stores.logs, client).await?;
        let noted = self.keyring.record_purge(client, Some(entries)).await?;
        Ok(self.changed(PurgeReceipt {
            client_id: client.clone(),
            entries,
            at: noted.at,
            actor: noted.actor.name().to_owned(),
            audit_sequence: noted.sequence,
            may_remain_in: MAY_REMAIN_IN,
            static_keys: self.static_keys_left(static_entries, client).await,
        }))
    }
}

impl ClientRetention {
    fn of(retention: &ClientSettings, client_id: Option<ClientId>) -> Self {
        let setting = match &client_id {
            Some(client) => retention.of(client),
            None => retention.for_all.as_deref(),
        };
        Self {
            keep: RetentionPeriod::of_setting(setting),
            client_id,
        }
    }
}
