use crate::keyring::{Keyring, KeyringError, committed::Committed, tending::PepperNeed};
use central_logger_client_records::ClientPolicy;
use central_logger_key_store::{
    KeyList, KeyMaker, KeyRecord, KeyStoreError, NamedRequest, Owners, StoredKey, draft::Draft,
};
use central_logger_keys::{ClientId, KeyId, KeyOwner};
use std::{
    collections::BTreeSet,
    future::ready,
    sync::{Arc, PoisonError},
};

/// Which keys a change is about.
///
/// # Examples
///
/// ```
/// use central_logger_keyring::KeySelection;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
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
    /// These keys, at most [`MOST`](Self::MOST).
    Ids(Vec<KeyId>),
    /// These keys, at most [`MOST`](Self::MOST), and all that they have made, themselves or through other
    /// keys.
    WithMade(Vec<KeyId>),
}

impl KeySelection {
    /// The most keys that are selected by their ids.
    pub const MOST: usize = 1000;

    /// The key that is named, if it is one alone.
    pub(crate) fn named(&self) -> Option<&KeyId> {
        match self {
            Self::Id(id) => Some(id),
            Self::Ids(ids) | Self::WithMade(ids) => match ids.as_slice() {
                [id] => Some(id),
                _ => None,
            },
            Self::Client(_) => None,
        }
    }
}

/// Each failed attempt means that somebody else has got further.
const MAX_ATTEMPTS: usize = 1000;

impl Keyring {
    /// Changes one key.
    pub(crate) async fn change_one<T>(
        &self,
        need: PepperNeed,
        id: &KeyId,
        decide: impl Fn(&mut Draft<'_>, &StoredKey) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let select = || self.select_one(id);
        self.attempt(need, select, |draft, key| {
            self.check_version(&key.record)?;
            decide(draft, key)
        })
        .await
    }

    /// Adds keys, whatever there is.
    pub(crate) async fn add<T>(
        &self,
        decide: impl Fn(&mut Draft<'_>) -> Result<T, KeyringError>,
    ) -> Result<T, KeyringError> {
        let read = || ready(Ok(()));
        let added = self.attempt(PepperNeed::Needed, read, |draft, ()| decide(draft));
        Ok(added.await?.at_commit())
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
        self.decide_on(self.request.as_ref(), need, read, decide)
            .await
    }

    /// As [`attempt`](Self::attempt), for what nobody has asked for.
    pub(crate) async fn decide<R, T, F: Future<Output = Result<R, KeyringError>>>(
        &self,
        need: PepperNeed,
        read: impl Fn() -> F,
        decide: impl Fn(&mut Draft<'_>, &R) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        self.decide_on(None, need, read, decide).await
    }

    /// Reads, decides and commits, and does so again when others made a change in between.
    async fn decide_on<R, T, F: Future<Output = Result<R, KeyringError>>>(
        &self,
        request: Option<&NamedRequest>,
        need: PepperNeed,
        read: impl Fn() -> F,
        decide: impl Fn(&mut Draft<'_>, &R) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let committed = |done, head| Committed::new(done, Arc::clone(&self.store), head);
        for _ in 0..MAX_ATTEMPTS {
            // The head first: what is read after it is at least as new.
            let state = self.store.state().await?;
            let sealer = self.sealer(&state, need)?;
            let now = self.clock.now();
            let present = read().await;
            let (mut keys, mut policy) = (Vec::new(), ClientPolicy::default());
            if let Some(owner) = self.authority.needs_keys_of() {
                keys = self.store.list(owner.into()).await?.records;
                if let Some(client) = owner.client() {
                    policy = self.store.policy(client).await?;
                }
            }
            let has_ended = self.authority.has_ended(now).await?;
            // Last: what the same request has done meanwhile must not be a reason to refuse it.
            let receipt = match request {
                Some(request) => Some(self.new_receipt(request, &sealer.hasher, now).await?),
                None => None,
            };
            let present = present?;
            let draft = Draft::new(&state, &sealer, &self.actor, now).remembered_as(receipt);
            let mut draft = draft.reviewed_by(&*self.authority, &keys, policy, has_ended);
            let decided = decide(&mut draft, &present)?;
            let Some(change) = draft.finish() else {
                // What was read may be newer than that head.
                return Ok(committed(decided, self.store.head().await?));
            };
            match self.store.commit(&change).await {
                Ok(()) => {
                    let head = change.head();
                    if head != change.base {
                        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
                        *noted = Some(head);
                    }
                    return Ok(committed(decided, head));
                }
                Err(KeyStoreError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(KeyringError::Contended)
    }

    /// Checks that a key is in the version that is asked for, if any is.
    pub(crate) fn check_version(&self, record: &KeyRecord) -> Result<(), KeyringError> {
        match &self.if_match {
            Some(versions) if !versions.contains(&record.etag()) => {
                Err(KeyringError::Changed(record.id.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The key of that id, if it can be read.
    pub(crate) async fn select_one(&self, id: &KeyId) -> Result<StoredKey, KeyringError> {
        let found = self.store.find(id).await?;
        found.ok_or_else(|| KeyringError::UnknownKey(id.clone()))
    }

    /// The other keys of the owner of a key that can be read.
    pub(crate) async fn siblings_of(
        &self,
        key: &StoredKey,
    ) -> Result<Vec<StoredKey>, KeyringError> {
        let owners = Owners::from(&key.record.owner);
        let mut keys = self.store.stored(owners).await?.records;
        keys.retain(|other| other.record.id != key.record.id);
        Ok(keys)
    }

    /// What is selected, whether it can be read or not.
    pub(crate) async fn select(
        &self,
        selection: &KeySelection,
    ) -> Result<KeyList<StoredKey>, KeyringError> {
        match selection {
            KeySelection::Id(id) => self.select_ids(std::slice::from_ref(id)).await,
            KeySelection::Ids(ids) => self.select_ids(ids).await,
            KeySelection::WithMade(ids) => {
                let roots = self.select_ids(ids).await?;
                self.with_made(roots).await
            }
            KeySelection::Client(client) => {
                match self.store.stored(Owners::Client(client)).await? {
                    keys if keys.is_empty() => Err(KeyringError::NoKeys(client.clone())),
                    keys => Ok(keys),
                }
            }
        }
    }

    /// The keys of these ids, each once.
    async fn select_ids(&self, ids: &[KeyId]) -> Result<KeyList<StoredKey>, KeyringError> {
        if ids.len() > KeySelection::MOST {
            return Err(KeyringError::TooManyKeys);
        }
        let mut selected = KeyList::from(Vec::new());
        for id in ids.iter().collect::<BTreeSet<_>>() {
            match self.store.find(id).await {
                Ok(Some(key)) => selected.records.push(key),
                Ok(None) => return Err(KeyringError::UnknownKey(id.clone())),
                Err(KeyStoreError::Unreadable(key)) => selected.unreadable.push(*key),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(selected)
    }

    /// These keys, and all that they have made, themselves or through other keys.
    async fn with_made(
        &self,
        mut selected: KeyList<StoredKey>,
    ) -> Result<KeyList<StoredKey>, KeyringError> {
        // Keys of the provider make keys of any client; whose an unreadable one is nobody knows.
        let owners: BTreeSet<_> = selected
            .records
            .iter()
            .map(|key| &key.record.owner)
            .collect();
        let of_all = owners.contains(&KeyOwner::Provider) || !selected.unreadable.is_empty();
        let mut others = KeyList::from(Vec::new());
        for owners in match of_all {
            true => vec![Owners::All],
            false => owners.into_iter().map(Owners::from).collect(),
        } {
            let keys = self.store.stored(owners).await?;
            others.records.extend(keys.records);
            others.unreadable.extend(keys.unreadable);
        }
        let ids = |keys: &KeyList<StoredKey>| -> BTreeSet<String> {
            let readable = keys.records.iter().map(|key| key.record.id.to_string());
            let unreadable = keys.unreadable.iter().map(|key| key.id.clone());
            readable.chain(unreadable).collect()
        };
        loop {
            let known = ids(&selected);
            let is_made = |maker: Option<&KeyId>, id: &str| {
                maker.is_some_and(|maker| known.contains(maker.as_str())) && !known.contains(id)
            };
            let records = others.records.iter().filter(|key| {
                let record = &key.record;
                is_made(record.made_by.key(), record.id.as_str())
            });
            let records: Vec<_> = records.cloned().collect();
            let unreadable = others.unreadable.iter().filter(|key| {
                let maker = key.made_by.as_ref().and_then(KeyMaker::key);
                is_made(maker, &key.id)
            });
            let unreadable: Vec<_> = unreadable.cloned().collect();
            if records.is_empty() && unreadable.is_empty() {
                return Ok(selected);
            }
            selected.records.extend(records);
            selected.unreadable.extend(unreadable);
        }
    }
}
