use crate::{ClientPolicy, ClientRecord, ClientState, PolicySettings, quota::Quota};
use central_logger_keys::ClientId;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What a store has recorded of clients, of one or of all.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{ClientBook, ClientChange, PolicySettings};
///
/// let mut book = ClientBook::default();
/// let policy = PolicySettings { self_service: Some(false), ..PolicySettings::default() };
/// book.apply(&ClientChange::PolicyOfAll(policy));
/// assert!(!book.policy(&"acme_corp".parse()?).self_service);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientBook {
    /// The policy of all clients, as far as they have none of their own.
    pub for_all: PolicySettings,
    /// When the store began to record clients.
    pub since: Option<OffsetDateTime>,
    /// The records.
    pub records: BTreeMap<ClientId, ClientRecord>,
    /// The quotas. A client can have one without a record.
    pub quotas: BTreeMap<ClientId, Quota>,
}

/// A change of what is recorded of clients.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::ClientChange;
///
/// let removal = ClientChange::Remove("acme_corp".parse()?);
/// assert_eq!(removal.client().map(|client| client.as_str()), Some("acme_corp"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientChange {
    /// A client is to be recorded like this.
    Put(ClientRecord),
    /// The policy of all clients is to be this.
    PolicyOfAll(PolicySettings),
    /// Nothing is to be recorded of a client, its quota included.
    Remove(ClientId),
}

impl ClientBook {
    /// Returns the policy of a client.
    pub fn policy(&self, client: &ClientId) -> ClientPolicy {
        let own = self.records.get(client).map(|record| record.policy);
        own.unwrap_or_default().over(&self.for_all)
    }

    /// Returns the name of a client, if it has one.
    pub fn name(&self, client: &ClientId) -> Option<&str> {
        self.records.get(client)?.name.as_deref()
    }

    /// Returns the quota of a client.
    pub fn quota(&self, client: &ClientId) -> Quota {
        self.quotas.get(client).copied().unwrap_or_default()
    }

    /// Returns what is set for a client, whose logs are kept for `keep`.
    pub fn state(&self, client: &ClientId, keep: Option<&String>) -> ClientState {
        ClientState {
            id: client.clone(),
            record: self.records.get(client).cloned(),
            quota: self.quota(client),
            keep: keep.cloned(),
        }
    }

    /// Returns what the audit trail says of a client, or of all.
    pub fn said_of(&self, client: Option<&ClientId>) -> String {
        match client {
            None => serde_json::json!({"policy": self.for_all}).to_string(),
            Some(client) => match self.records.get(client) {
                Some(record) => record.as_json(),
                None => "null".to_owned(),
            },
        }
    }

    /// Makes a change.
    pub fn apply(&mut self, change: &ClientChange) {
        match change {
            ClientChange::Put(record) => {
                self.records.insert(record.id.clone(), record.clone());
            }
            ClientChange::PolicyOfAll(policy) => self.for_all = *policy,
            ClientChange::Remove(client) => {
                self.records.remove(client);
                self.quotas.remove(client);
            }
        }
    }
}

impl ClientChange {
    /// Returns the client; nothing for all of them.
    pub fn client(&self) -> Option<&ClientId> {
        match self {
            Self::Put(record) => Some(&record.id),
            Self::Remove(client) => Some(client),
            Self::PolicyOfAll(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientPatch, Patch, PolicyPatch, quota::QuotaDimension};
    use std::num::NonZeroU64;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-03-01 12:00 UTC);

    #[test]
    fn a_client_is_set_up_changed_and_removed() {
        let acme: ClientId = "acme".parse().unwrap();
        let mut book = ClientBook::default();
        let state = book.state(&acme, None);
        assert_eq!(state, ClientState::new(acme.clone()));
        let limit = NonZeroU64::new(7);
        let patch = ClientPatch {
            name: Patch::Set("Acme".parse().unwrap()),
            external_id: Patch::Set("crm-7".parse().unwrap()),
            policy: PolicyPatch {
                self_service: Patch::Set(false),
                ..PolicyPatch::default()
            },
            quota: crate::quota::QuotaUpdate::default().with(QuotaDimension::RequestsPerDay, limit),
            keep: Patch::Set("90d".to_owned()),
            ..ClientPatch::default()
        };
        let set = patch.applied_to(&state, NOW);
        let record = set.record.clone().unwrap();
        assert_eq!(record.created_at, NOW);
        assert_eq!(set.quota.limit(QuotaDimension::RequestsPerDay), limit);
        book.apply(&ClientChange::Put(record));
        assert_eq!(book.name(&acme), Some("Acme"));
        assert!(!book.policy(&acme).self_service);
        assert_eq!(
            book.said_of(Some(&acme)),
            r#"{"created_at":"2026-03-01T12:00:00Z","external_id":"crm-7","mail":null,"name":"Acme","policy":{"self_service":false}}"#
        );

        let later = NOW + time::Duration::DAY;
        let unnamed = ClientPatch {
            name: Patch::Clear,
            ..ClientPatch::default()
        };
        let unnamed = unnamed.applied_to(&set, later);
        assert_eq!(unnamed.record.as_ref().unwrap().created_at, NOW);
        assert_eq!((unnamed.name(), &unnamed.keep), (None, &set.keep));
        let tags = [state.etag(), set.etag(), unnamed.etag()];
        assert!(tags[0] != tags[1] && tags[1] != tags[2]);

        book.apply(&ClientChange::Remove(acme.clone()));
        assert_eq!(book, ClientBook::default());
        assert_eq!(book.said_of(Some(&acme)), "null");
    }
}
