use crate::keyring::{
    Keyring, KeyringError, committed::Committed, import::ExternalKey, rotation::Rotation,
    tending::PepperNeed,
};
use central_logger_key_store::{
    AuditAction, IssuedKey, KeyProof, KeyRecord, KeyStatus, KeyStoreError, NewKey, StoredKey,
    audit::Note,
    authority::ProviderAuthority,
    draft::Draft,
    reveal_link::{LinkChange, LinkedKey, RevealLink, RevealState, Revelation, Seen},
};
use central_logger_keys::{ApiKey, ClientId, KeyId, KeyPrefix};
use central_logger_times::Timestamp;
use serde_json::json;
use std::sync::Arc;

/// A key that came into being when its link was used.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{NewKey, reveal_link::{LinkedKey, RevealLink}};
/// use central_logger_keyring::Revealed;
/// use central_logger_keys::KeyId;
/// use time::{Duration, macros::datetime};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let now = datetime!(2026-03-01 12:00 UTC);
/// # let clock = std::sync::Arc::new(central_logger_times::ManualClock::new(now));
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let key = LinkedKey::New(NewKey::for_client("acme_corp".parse()?));
/// let (id, client) = (KeyId::generate()?, "acme_corp".parse()?);
/// let link = RevealLink::new(id, client, key, [7; 32], now, Duration::DAY);
/// let link = keyring.add_reveal_link(link).await?.at_commit();
///
/// let Revealed { issued, replaced } =
///     keyring.reveal(&link, &Default::default(), None).await?.at_commit();
/// assert_eq!(keyring.show(&issued.record.id).await?, issued.record);
/// assert!(replaced.is_none());
/// assert!(keyring.reveal(&link, &Default::default(), None).await.is_err(), "it is used up");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Revealed {
    /// The key, to be shown once.
    pub issued: IssuedKey,
    /// The key that it replaces, as it is now.
    pub replaced: Option<KeyRecord>,
}

impl Keyring {
    /// Keeps a link, and nothing of a key.
    ///
    /// # Errors
    /// When the caller may not make the key, the expiry has passed, the key to be replaced is not active or
    /// was rotated already, or the store fails.
    pub async fn add_reveal_link(
        &self,
        link: RevealLink,
    ) -> Result<Committed<RevealLink>, KeyringError> {
        let read = async || self.read_old_key(&link).await;
        let decide = |draft: &mut Draft<'_>, old: &Option<OldKey>| {
            let reviewed = review(draft, &link, old.as_ref())?;
            let link = RevealLink {
                made_by: reviewed.made_by,
                ..link.clone()
            };
            draft.note(Note {
                client_id: Some(link.client_id.clone()),
                ..Note::of_store(AuditAction::RevealLink, None, told(&link))
            });
            draft.change.links = Some(LinkChange::Add(Box::new(link.clone())));
            Ok(link)
        };
        self.attempt(PepperNeed::Needed, read, decide).await
    }

    /// Makes the key of a link and uses the link up, in one change. Of any number that come at once, one gets
    /// a key.
    ///
    /// # Errors
    /// [`KeyringError::LinkGone`] when the link cannot be used any more; otherwise when the key cannot be
    /// made any more, or the store or the random generator fails.
    pub async fn reveal(
        &self,
        link: &RevealLink,
        prefix: &KeyPrefix,
        network: Option<&str>,
    ) -> Result<Committed<Revealed>, KeyringError> {
        // The key is the one that the maker of the link would have made.
        let authority = ProviderAuthority {
            maker: link.made_by.clone(),
        };
        let keyring = self.clone().with_authority(Arc::new(authority));
        keyring.make_linked_key(link, prefix, network).await
    }

    async fn make_linked_key(
        &self,
        link: &RevealLink,
        prefix: &KeyPrefix,
        network: Option<&str>,
    ) -> Result<Committed<Revealed>, KeyringError> {
        let environment = match &link.key {
            LinkedKey::New(new) => new.environment,
            LinkedKey::Successor { replaces, .. } => self.show(replaces).await?.environment,
        };
        let api_key = Arc::new(ApiKey::generate(prefix, environment)?);
        let (key_id, proof) = self.prove(ExternalKey::Key(Arc::clone(&api_key))).await?;
        let read = async || {
            let present = self.link(&link.id).await?;
            self.check_maker(&present).await?;
            let old = self.read_old_key(&present).await?;
            Ok((present, old))
        };
        let decide = |draft: &mut Draft<'_>, (link, old): &(RevealLink, Option<OldKey>)| {
            if !link.can_reveal(draft.now) {
                return Err(KeyringError::LinkGone(link.id.clone()));
            }
            let made = make(self, draft, link, old.as_ref(), (&key_id, &proof))?;
            let seen = Seen {
                at: draft.now,
                network: network.map(str::to_owned),
            };
            draft.change.links = Some(LinkChange::Reveal {
                id: link.id.clone(),
                revelation: Revelation {
                    key_id: key_id.clone(),
                    seen,
                },
            });
            Ok(made)
        };
        match self.attempt(PepperNeed::Needed, read, decide).await {
            Ok(made) => Ok(made.map(|(record, replaced)| Revealed {
                issued: IssuedKey { record, api_key },
                replaced,
            })),
            Err(KeyringError::Store(error @ KeyStoreError::OutcomeUnknown(_))) => {
                self.revealed_after_all(link, key_id, api_key, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// The key of a change that was not confirmed, if it was made: nothing else shows it.
    async fn revealed_after_all(
        &self,
        link: &RevealLink,
        key_id: KeyId,
        api_key: Arc<ApiKey>,
        unknown: KeyStoreError,
    ) -> Result<Committed<Revealed>, KeyringError> {
        let (present, head) = match (self.link(&link.id).await, self.store.head().await) {
            (Ok(present), Ok(head)) => (present, head),
            _ => return Err(unknown.into()),
        };
        let revealed = present.revealed.map(|revelation| revelation.key_id);
        match (revealed, self.show(&key_id).await) {
            (Some(revealed), Ok(record)) if revealed == key_id => {
                let issued = IssuedKey { record, api_key };
                let revealed = Revealed {
                    issued,
                    replaced: None,
                };
                Ok(Committed::new(revealed, Arc::clone(&self.store), head))
            }
            (None, Err(KeyringError::UnknownKey(_))) => Err(unknown.into()),
            (Some(_), _) => Err(KeyringError::LinkGone(link.id.clone())),
            (None, _) => Err(unknown.into()),
        }
    }

    /// Withdraws a link, and returns it. One that cannot be used any more stays as it is.
    ///
    /// # Errors
    /// [`KeyringError::LinkUsed`] when its key was revealed; otherwise when there is no such link, or the
    /// store fails.
    pub async fn withdraw_reveal_link(
        &self,
        id: &KeyId,
    ) -> Result<Committed<RevealLink>, KeyringError> {
        let read = async || self.link(id).await;
        let decide = |draft: &mut Draft<'_>, link: &RevealLink| {
            if let Some(Revelation { key_id, .. }) = &link.revealed {
                return Err(KeyringError::LinkUsed {
                    link: link.id.clone(),
                    key: key_id.clone(),
                });
            }
            let mut link = link.clone();
            if link.can_reveal(draft.now) {
                withdraw(draft, &link.client_id, vec![link.id.clone()]);
                link.withdrawn_at = Some(draft.now);
            }
            Ok(link)
        };
        self.attempt(PepperNeed::Spared, read, decide).await
    }

    /// Withdraws all links of a client that nobody has used, and tells how many there were.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn withdraw_reveal_links_of(
        &self,
        client: &ClientId,
    ) -> Result<Committed<usize>, KeyringError> {
        let read = async || {
            let now = self.clock.now();
            Ok(self.store.open_reveal_links(client, now).await?)
        };
        let decide = |draft: &mut Draft<'_>, ids: &Vec<KeyId>| {
            if !ids.is_empty() {
                withdraw(draft, client, ids.clone());
            }
            Ok(ids.len())
        };
        self.attempt(PepperNeed::Spared, read, decide).await
    }

    /// The link of an id.
    ///
    /// # Errors
    /// When there is no such link, or the store fails.
    pub async fn link(&self, id: &KeyId) -> Result<RevealLink, KeyringError> {
        let found = self.store.reveal_link(id).await?;
        found.ok_or_else(|| KeyringError::UnknownLink(id.clone()))
    }

    /// Refuses a link whose maker is not valid any more.
    ///
    /// # Errors
    /// [`KeyringError::LinkGone`], or when the store fails.
    pub async fn check_maker(&self, link: &RevealLink) -> Result<(), KeyringError> {
        let Some(maker) = link.made_by.key() else {
            return Ok(());
        };
        match self.show(maker).await {
            Ok(key) if key.status(self.clock.now()) == KeyStatus::Active => Ok(()),
            Ok(_) | Err(KeyringError::UnknownKey(_)) => {
                Err(KeyringError::LinkGone(link.id.clone()))
            }
            Err(error) => Err(error),
        }
    }

    /// The key that the key of a link replaces, if it replaces one.
    async fn read_old_key(&self, link: &RevealLink) -> Result<Option<OldKey>, KeyringError> {
        match &link.key {
            LinkedKey::New(_) => Ok(None),
            LinkedKey::Successor { replaces, .. } => {
                self.read_for_rotation(replaces).await.map(Some)
            }
        }
    }
}

/// A key, and the other keys of its owner if it shares rates with them.
type OldKey = (StoredKey, Vec<StoredKey>);

/// Has the authority review the key that a link is to make, before there is one.
fn review(
    draft: &Draft<'_>,
    link: &RevealLink,
    old: Option<&OldKey>,
) -> Result<KeyRecord, KeyringError> {
    match (&link.key, old) {
        (LinkedKey::New(new), _) => {
            check(new, draft)?;
            let record = new.clone().into_record(link.id.clone(), draft.now);
            Ok(draft.review(AuditAction::Issue, None, record)?)
        }
        (LinkedKey::Successor { grace, .. }, Some((old, _))) => {
            let replaced = old.record.replace(draft.now, *grace)?;
            draft.review(AuditAction::Rotate, Some(&old.record), replaced)?;
            let successor = KeyRecord {
                id: link.id.clone(),
                ..old.record.clone()
            };
            Ok(draft.review(AuditAction::Issue, None, successor)?)
        }
        (LinkedKey::Successor { replaces, .. }, None) => {
            Err(KeyringError::UnknownKey(replaces.clone()))
        }
    }
}

fn check(new: &NewKey, draft: &Draft<'_>) -> Result<(), KeyringError> {
    new.owner.check(&new.scopes)?;
    match new.expires_at.is_some_and(|end| end.get() <= draft.now) {
        true => Err(KeyringError::ExpiryPassed),
        false => Ok(()),
    }
}

/// Makes the key of a link, and returns it and the key that it replaces.
fn make(
    keyring: &Keyring,
    draft: &mut Draft<'_>,
    link: &RevealLink,
    old: Option<&OldKey>,
    (key_id, proof): (&KeyId, &KeyProof),
) -> Result<(KeyRecord, Option<KeyRecord>), KeyringError> {
    match (&link.key, old) {
        (LinkedKey::New(new), _) => {
            check(new, draft)?;
            let record = new.clone().into_record(key_id.clone(), draft.now);
            let proof = proof.clone();
            let record = draft.insert(StoredKey { record, proof }, AuditAction::Issue)?;
            Ok((record, None))
        }
        (
            LinkedKey::Successor {
                grace, expires_at, ..
            },
            Some((old, sharing)),
        ) => {
            let rotation = Rotation {
                grace: *grace,
                expires_at: *expires_at,
            };
            let made = keyring.succeed(draft, old, sharing, rotation, (key_id, proof))?;
            Ok((made.0, Some(made.1)))
        }
        (LinkedKey::Successor { replaces, .. }, None) => {
            Err(KeyringError::UnknownKey(replaces.clone()))
        }
    }
}

fn withdraw(draft: &mut Draft<'_>, client: &ClientId, ids: Vec<KeyId>) {
    let after = json!({"link_ids": ids, "state": RevealState::Withdrawn});
    draft.note(Note {
        client_id: Some(client.clone()),
        ..Note::of_store(AuditAction::WithdrawLink, None, after.to_string())
    });
    let at = draft.now;
    draft.change.links = Some(LinkChange::Withdraw { ids, at });
}

/// What the audit trail tells of a new link.
fn told(link: &RevealLink) -> String {
    let (scopes, replaces) = match &link.key {
        LinkedKey::New(new) => (Some(&new.scopes), None),
        LinkedKey::Successor { replaces, .. } => (None, Some(replaces)),
    };
    let valid_until = Timestamp::clamped(link.valid_until);
    let told = json!({
        "link_id": link.id, "scopes": scopes, "replaces": replaces, "valid_until": valid_until,
        "has_passphrase": link.passphrase.is_some(),
    });
    told.to_string()
}
