use crate::keyring::{Keyring, KeyringError, committed::Committed, tending::PepperNeed};
use central_logger_client_records::{
    ClientBook, ClientChange, ClientPatch, ClientState, PolicyPatch, PolicySettings,
    quota::Quota,
    settings::{ClientSettings, SettingChange},
};
use central_logger_key_store::{AuditAction, KeyList, Owners, StoredKey, draft::Draft};
use central_logger_keys::{ClientId, KeyId};

/// What becomes of what a [`ClientPatch`] does not name, and of clients that nothing is known of.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{ClientPatch, Patch};
/// use central_logger_keyring::ClientWrite;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let acme = "acme_corp".parse()?;
/// let patch = ClientPatch { name: Patch::Set("Acme Corp.".parse()?), ..ClientPatch::default() };
/// assert!(keyring.set_client(&acme, ClientWrite::Patch, &patch).await.is_err(), "unknown");
/// let set = keyring.set_client(&acme, ClientWrite::Put, &patch).await?;
/// assert_eq!(set.at_commit().state.name(), Some("Acme Corp."));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientWrite {
    /// What is not named is taken away; an unknown client is set up.
    Put,
    /// What is not named stays; an unknown client is set up.
    Set,
    /// What is not named stays; an unknown client is an error.
    Patch,
}

/// A client after something was set for it.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::ClientPatch;
/// use central_logger_keyring::{ClientWrite, SetClient};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let (acme, nothing) = ("acme_corp".parse()?, ClientPatch::default());
/// let put = async || -> Result<SetClient, central_logger_keyring::KeyringError> {
///     Ok(keyring.set_client(&acme, ClientWrite::Put, &nothing).await?.at_commit())
/// };
/// assert!(put().await?.is_new);
/// assert!(!put().await?.is_new);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetClient {
    /// What is set for it.
    pub state: ClientState,
    /// Whether nothing was known of it before: it had no key that is not revoked, and nothing was set. Of
    /// any number that set a client up at once, one finds it new.
    pub is_new: bool,
}

/// What a change of a client is decided upon.
#[derive(Debug)]
struct Present {
    state: ClientState,
    keys: KeyList<StoredKey>,
    retention: ClientSettings,
}

impl Keyring {
    /// What is recorded of all clients.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn clients(&self) -> Result<ClientBook, KeyringError> {
        Ok(self.store.clients(None).await?)
    }

    /// What is recorded of one client, with what is set for all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn client_book(&self, client: &ClientId) -> Result<ClientBook, KeyringError> {
        Ok(self.store.clients(Some(client)).await?)
    }

    /// Checks that something is known of a client: it has a key that is not revoked, or something is set for it.
    ///
    /// # Errors
    /// When nothing is known of the client, it has [changed](Self::if_match), or the store fails.
    pub async fn find_client(&self, client: &ClientId) -> Result<(), KeyringError> {
        self.check_client(&self.present(client).await?, true)
    }

    /// As [`find_client`](Self::find_client), but nothing needs to be known of a client whose keys are all revoked,
    /// which gives `false`: its removal may have failed before its logs were deleted.
    ///
    /// # Errors
    /// As [`find_client`](Self::find_client).
    pub async fn find_removable(&self, client: &ClientId) -> Result<bool, KeyringError> {
        let present = self.present(client).await?;
        if !present.is_known() && !present.keys.is_empty() {
            return Ok(false);
        }
        self.check_client(&present, true)?;
        Ok(true)
    }

    /// Changes what is set for a client, and tells what is set then. It may have no keys yet.
    ///
    /// # Errors
    /// When another client has the external id, when the client is unknown and is not to be set up, or has
    /// [changed](Self::if_match), or the store fails.
    pub async fn set_client(
        &self,
        client: &ClientId,
        write: ClientWrite,
        patch: &ClientPatch,
    ) -> Result<Committed<SetClient>, KeyringError> {
        let decide = |draft: &mut Draft<'_>, present: &Present| {
            self.check_client(present, write == ClientWrite::Patch)?;
            let base = match write {
                ClientWrite::Put => ClientState::new(client.clone()),
                ClientWrite::Set | ClientWrite::Patch => present.state.clone(),
            };
            let mut after = patch.applied_to(&base, draft.now);
            if let (Some(after), Some(before)) = (&mut after.record, &present.state.record) {
                after.created_at = before.created_at;
            }
            present.set(draft, &after);
            Ok(SetClient {
                state: after,
                is_new: !present.is_known(),
            })
        };
        self.attempt(PepperNeed::Needed, || self.present(client), decide)
            .await
    }

    /// Revokes the keys of a client and takes away all that is set for it, in one step. Gives the ids of the
    /// keys that were not revoked before.
    ///
    /// # Errors
    /// When nothing is known of the client, it has [changed](Self::if_match), or the store fails.
    pub async fn remove_client(
        &self,
        client: &ClientId,
    ) -> Result<Committed<Vec<KeyId>>, KeyringError> {
        let decide = |draft: &mut Draft<'_>, present: &Present| {
            self.check_client(present, true)?;
            present.remove(draft)
        };
        self.attempt(PepperNeed::Needed, || self.present(client), decide)
            .await
    }

    /// Changes the policy of all clients without one of their own, and tells it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_policy_of_all(
        &self,
        patch: &PolicyPatch,
    ) -> Result<Committed<PolicySettings>, KeyringError> {
        let decide = |draft: &mut Draft<'_>, book: &ClientBook| {
            let after = patch.applied_to(&book.for_all);
            if after != book.for_all {
                draft.record(book, ClientChange::PolicyOfAll(after));
            }
            Ok(after)
        };
        self.attempt(PepperNeed::Needed, || self.clients(), decide)
            .await
    }

    async fn present(&self, client: &ClientId) -> Result<Present, KeyringError> {
        let book = self.store.clients(Some(client)).await?;
        let retention = self.store.retention().await?;
        Ok(Present {
            state: book.state(client, retention.clients.get(client)),
            keys: self.store.stored(Owners::Client(client)).await?,
            retention,
        })
    }

    /// Checks that a client is in the version that is asked for, and known if it must be.
    fn check_client(&self, present: &Present, must_be_known: bool) -> Result<(), KeyringError> {
        let state = &present.state;
        if must_be_known && !present.is_known() {
            return Err(KeyringError::UnknownClient(state.id.clone()));
        }
        match &self.if_match {
            Some(versions) if !versions.contains(&state.etag()) => {
                Err(KeyringError::ClientChanged(state.id.clone()))
            }
            _ => Ok(()),
        }
    }
}

impl Present {
    fn is_known(&self) -> bool {
        let KeyList {
            records,
            unreadable,
        } = &self.keys;
        let has_key = records.iter().any(|key| key.record.revoked_at.is_none())
            || unreadable.iter().any(|key| !key.is_revoked);
        has_key || self.state != ClientState::new(self.state.id.clone())
    }

    fn book(&self) -> ClientBook {
        let record = self.state.record.clone();
        ClientBook {
            records: record
                .map(|record| (record.id.clone(), record))
                .into_iter()
                .collect(),
            ..ClientBook::default()
        }
    }

    /// Brings the client from the present state into another.
    fn set(&self, draft: &mut Draft<'_>, after: &ClientState) {
        let before = &self.state;
        if let Some(record) = &after.record
            && before.record.as_ref() != Some(record)
        {
            draft.record(&self.book(), ClientChange::Put(record.clone()));
        }
        if after.quota != before.quota {
            let keys = &self.keys.records;
            draft.set_quota(&before.id, keys, before.quota, after.quota);
        }
        if after.keep != before.keep {
            self.keep(draft, after.keep.clone());
        }
    }

    /// Takes away all that the client has. What else comes to belong to clients, such as sessions, ends here.
    fn remove(&self, draft: &mut Draft<'_>) -> Result<Vec<KeyId>, KeyringError> {
        let (id, before) = (&self.state.id, &self.state);
        let mut revoked = Vec::new();
        for key in &self.keys.records {
            if let Some(after) = key.record.revoke(draft.now, Some("the client was removed")) {
                revoked.push(after.id.clone());
                draft.update(key, after, AuditAction::Revoke)?;
            }
        }
        for key in self.keys.unreadable.iter().filter(|key| !key.is_revoked) {
            revoked.extend(key.key_id());
            draft.withdraw(key, Some("the client was removed"))?;
        }
        if before.quota != Quota::default() {
            draft.set_quota(id, &[], before.quota, Quota::default());
        }
        if before.keep.is_some() {
            self.keep(draft, None);
        }
        if before.record.is_some() {
            draft.record(&self.book(), ClientChange::Remove(id.clone()));
        }
        Ok(revoked)
    }

    fn keep(&self, draft: &mut Draft<'_>, value: Option<String>) {
        let change = SettingChange {
            client_id: Some(self.state.id.clone()),
            value,
        };
        draft.set_retention(&self.retention, change);
    }
}
