use crate::{ClientQuota, OperationError, Operations};
use central_logger_client_records::{ClientBook, ClientPolicy, ClientRecord, ETag};
use central_logger_key_activity::{Usage, UsagePer, UsageQuery};
use central_logger_key_store::{KeyRecord, KeyStatus, Owners, settings::ClientSettings};
use central_logger_keyring::KeyringError;
use central_logger_keys::{ClientId, Scope, Scopes};
use central_logger_log_store::RetentionPeriod;
use central_logger_times::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// A client, as the provider sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ClientView {
    /// The client.
    pub client_id: ClientId,
    /// The name.
    pub name: Option<String>,
    /// The id in another system of the provider.
    pub external_id: Option<String>,
    /// The address for mail.
    pub mail: Option<String>,
    /// When the client was set up, or got its first key.
    #[serde(with = "time::serde::rfc3339::option")]
    pub first_seen_at: Option<OffsetDateTime>,
    /// When a key of the client was last used.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen_at: Option<OffsetDateTime>,
    /// How many keys it has.
    pub keys: KeyCounts,
    /// How many entries it stored in the last 24 hours.
    pub entries_24h: u64,
    /// How many of its requests were refused in the last 24 hours.
    pub refused_24h: u64,
    /// The quota.
    pub quota: ClientQuota,
    /// How long its logs are kept.
    pub keep: RetentionPeriod,
    /// What it may do with its own keys.
    pub policy: ClientPolicy,
    /// Where its keys are handed over to.
    pub deliver: Option<String>,
    /// What is written there, if not the key alone.
    pub deliver_template: Option<String>,
    /// What people of the client may do who sign in by mail.
    pub mail_scopes: Scopes,
    /// The version of what the provider has set.
    #[serde(skip)]
    pub etag: ETag,
}

/// How many keys a client has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct KeyCounts {
    /// Those that are active.
    pub active: u64,
    /// Those that are due for rotation.
    pub due: u64,
}

/// How old a key is when it is due for rotation.
const ROTATION_PERIOD: Duration = Duration::days(90);
/// How far back usage is counted.
const USAGE_PERIOD: Duration = Duration::hours(24);

/// What views are made of.
pub(super) struct Sources {
    book: ClientBook,
    retention: ClientSettings,
    keys: BTreeMap<ClientId, Vec<KeyRecord>>,
    usage: BTreeMap<ClientId, Usage>,
    now: OffsetDateTime,
}

impl Operations {
    /// Returns what is known of a client.
    ///
    /// # Errors
    /// When nothing is known of it, or a store fails.
    pub async fn client(&self, client: &ClientId) -> Result<ClientView, OperationError> {
        self.caller.check_provider_reads()?;
        let sources = self.sources(Some(client)).await?;
        match sources.known().contains(client) {
            true => Ok(sources.view(client)),
            false => Err(KeyringError::UnknownClient(client.clone()).into()),
        }
    }

    /// Returns a client also if nothing is left of it but what the audit trail tells of its keys and sessions. It may
    /// only ever have had a sign-in link.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub async fn traced_client(&self, client: &ClientId) -> Result<ClientView, OperationError> {
        match self.client(client).await {
            Err(OperationError::Keyring(KeyringError::UnknownClient(_)))
                if !self.keyring.audit_of(client, 0, 1).await?.is_empty() =>
            {
                Ok(self.sources(Some(client)).await?.view(client))
            }
            found => found,
        }
    }

    pub(super) async fn sources(&self, one: Option<&ClientId>) -> Result<Sources, OperationError> {
        let book = match one {
            Some(client) => self.keyring.client_book(client).await?,
            None => self.keyring.clients().await?,
        };
        let mut keys: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let owners = one.map_or(Owners::Clients, Owners::Client);
        for record in self.keyring.list(owners, None).await?.records {
            if let Some(client) = record.client().cloned() {
                keys.entry(client).or_default().push(record);
            }
        }
        let now = self.now();
        let query = UsageQuery {
            client: one.cloned(),
            since: Timestamp::clamped(now).saturating_sub(USAGE_PERIOD),
            per: UsagePer::Client,
        };
        let usage = self.stores.activity.usage(&query).await?.into_iter();
        let usage = usage.filter_map(|usage| Some((usage.client_id.clone()?, usage)));
        Ok(Sources {
            book,
            retention: self.keyring.retention().await?,
            keys,
            usage: usage.collect(),
            now,
        })
    }
}

impl Sources {
    /// The clients that something is set for, that have a key, or that use a static one.
    pub(super) fn known(&self) -> BTreeSet<ClientId> {
        let set = self.book.records.keys();
        let set = set.chain(self.retention.clients.keys());
        let limited = self.book.quotas.iter();
        let limited = limited.filter(|(_, quota)| !quota.is_unlimited());
        let set = set.chain(limited.map(|(client, _)| client));
        let with_keys = self.keys.iter().filter(|(_, keys)| {
            let mut keys = keys.iter();
            keys.any(|key| key.revoked_at.is_none())
        });
        let with_keys = with_keys.map(|(client, _)| client);
        let seen = self.usage.keys();
        let seen = seen.filter(|client| !self.keys.contains_key(*client));
        set.chain(with_keys).chain(seen).cloned().collect()
    }

    pub(super) fn view(&self, client: &ClientId) -> ClientView {
        let state = self.book.state(client, self.retention.clients.get(client));
        let keys = self.keys.get(client).map(Vec::as_slice).unwrap_or_default();
        let usage = self.usage.get(client);
        let count = |is_counted: &dyn Fn(&KeyRecord) -> bool| {
            keys.iter().filter(|key| is_counted(key)).count() as u64
        };
        let last_use = keys.iter().filter_map(|key| key.last_used_at).max();
        let created = keys.iter().map(|key| key.created_at).min();
        let etag = state.etag();
        let quota = ClientQuota {
            client_id: client.clone(),
            quota: state.quota,
        };
        let record = state.record;
        let recorded = record.as_ref().map(|record| record.created_at);
        let record = record.unwrap_or_else(|| ClientRecord::new(client.clone(), self.now));
        ClientView {
            client_id: client.clone(),
            mail_scopes: mail_scopes(&record),
            name: record.name,
            external_id: record.external_id,
            mail: record.mail,
            first_seen_at: recorded.into_iter().chain(created).min(),
            last_seen_at: last_use.max(usage.map(|usage| usage.last_at)),
            keys: KeyCounts {
                active: count(&|key| key.status(self.now) == KeyStatus::Active),
                due: count(&|key| key.is_due(ROTATION_PERIOD, self.now)),
            },
            entries_24h: usage.map_or(0, |usage| usage.entries),
            refused_24h: usage.map_or(0, |usage| usage.refused.values().sum()),
            quota,
            keep: RetentionPeriod::of_setting(self.retention.of(client)),
            policy: self.book.policy(client),
            deliver: record.deliver,
            deliver_template: record.deliver_template,
            etag,
        }
    }
}

/// What people of a client may do who sign in by mail: to read logs, unless it is set.
pub(crate) fn mail_scopes(record: &ClientRecord) -> Scopes {
    let set = record.mail_scopes.clone();
    set.unwrap_or_else(|| Scopes::from(vec![Scope::LOGS_READ]))
}
