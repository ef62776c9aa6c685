use crate::{
    error::KeyStoreError,
    keyring::{Keyring, KeyringError, committed::Committed, draft::Draft, tending::PepperNeed},
    record::{key_list::KeyList, key_record::StoredKey},
};
use central_logger_keys::{ClientId, KeyId};
use std::{
    future::ready,
    sync::{Arc, PoisonError},
};

/// Which keys a change is about.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::KeySelection;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let all = KeySelection::Client("acme_corp".parse()?);
/// let reason = "the contract has ended".parse()?;
/// let revoked = keyring.revoke(&all, Some(&reason)).await?;
/// assert_eq!(revoked.at_commit().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySelection {
    /// One key.
    Id(KeyId),
    /// All keys of a client.
    Client(ClientId),
}

/// Each failed attempt means that somebody else has got further.
const MAX_ATTEMPTS: usize = 1000;

impl Keyring {
    /// Changes the keys of a selection.
    pub(crate) async fn change<T>(
        &self,
        need: PepperNeed,
        selection: &KeySelection,
        decide: impl Fn(&mut Draft<'_>, &[StoredKey]) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let select = || self.select_readable(selection);
        self.attempt(need, select, |draft, keys| decide(draft, keys))
            .await
    }

    /// Changes one key.
    pub(crate) async fn change_one<T>(
        &self,
        need: PepperNeed,
        id: &KeyId,
        decide: impl Fn(&mut Draft<'_>, &StoredKey) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let selection = KeySelection::Id(id.clone());
        self.change(need, &selection, |draft, keys| match keys {
            [key] => decide(draft, key),
            _ => Err(KeyringError::UnknownKey(id.clone())),
        })
        .await
    }

    /// Adds keys, whatever there is.
    pub(crate) async fn add(&self, decide: impl Fn(&mut Draft<'_>)) -> Result<(), KeyringError> {
        let added = self.attempt(
            PepperNeed::Needed,
            || ready(Ok(())),
            |draft, ()| {
                decide(draft);
                Ok(())
            },
        );
        added.await?.at_commit();
        Ok(())
    }

    /// Makes a change, on a store that is made ready for it.
    pub(crate) async fn attempt<R, T, F: Future<Output = Result<R, KeyringError>>>(
        &self,
        need: PepperNeed,
        read: impl Fn() -> F,
        decide: impl Fn(&mut Draft<'_>, &R) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        match self.tend().await {
            // Nothing keeps access from being taken away. A store that fails is told of below.
            Err(_) if need == PepperNeed::Spared => {}
            tended => tended?,
        }
        self.decide(need, read, decide).await
    }

    /// Reads, decides and commits, and does so again when others made a change in between.
    pub(crate) async fn decide<R, T, F: Future<Output = Result<R, KeyringError>>>(
        &self,
        need: PepperNeed,
        read: impl Fn() -> F,
        decide: impl Fn(&mut Draft<'_>, &R) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let committed = |done, head| Committed::new(done, Arc::clone(&self.store), head);
        for _ in 0..MAX_ATTEMPTS {
            // The head first: what is read after it is at least as new.
            let state = self.store.state().await?;
            let sealer = self.sealer(&state, need)?;
            let present = read().await?;
            let mut draft = Draft::new(&state, &sealer, &self.actor, self.clock.now());
            let decided = decide(&mut draft, &present)?;
            let Some(change) = draft.finish() else {
                // What was read may be newer than that head.
                return Ok(committed(decided, self.store.head().await?));
            };
            match self.store.commit(&change).await {
                Ok(()) => {
                    let head = change.head();
                    let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
                    *noted = Some(head);
                    return Ok(committed(decided, head));
                }
                Err(KeyStoreError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(KeyringError::Contended)
    }

    /// What is selected and can be read: something, or else there is an error.
    async fn select_readable(
        &self,
        selection: &KeySelection,
    ) -> Result<Vec<StoredKey>, KeyringError> {
        let keys = self.select(selection).await?;
        match keys.unreadable.into_iter().next() {
            Some(key) if keys.records.is_empty() => Err(KeyStoreError::from(key).into()),
            _ => Ok(keys.records),
        }
    }

    /// What is selected, whether it can be read or not.
    pub(crate) async fn select(
        &self,
        selection: &KeySelection,
    ) -> Result<KeyList<StoredKey>, KeyringError> {
        match selection {
            KeySelection::Id(id) => match self.store.find(id).await {
                Ok(Some(key)) => Ok(vec![key].into()),
                Ok(None) => Err(KeyringError::UnknownKey(id.clone())),
                Err(KeyStoreError::Unreadable(key)) => Ok(KeyList {
                    records: Vec::new(),
                    unreadable: vec![*key],
                }),
                Err(error) => Err(error.into()),
            },
            KeySelection::Client(client) => match self.store.stored(Some(client)).await? {
                keys if keys.is_empty() => Err(KeyringError::NoKeys(client.clone())),
                keys => Ok(keys),
            },
        }
    }
}
