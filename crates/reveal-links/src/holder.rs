use crate::{Passphrase, Replaced, RevealedKey, Revealing};
use central_logger_key_activity::{AlertKind, AlertRaising, AlertSubject};
use central_logger_key_store::{
    Actor, ActorKind, IssuedKey, KeyRecord, Via,
    reveal_link::{RevealLink, Seen},
};
use central_logger_keyring::{Keyring, KeyringError, Revealed};
use central_logger_keys::{KeyHash, KeyPrefix};
use central_logger_operations::{OperationError, Operations, keys::Issued};
use central_logger_sessions::LinkToken;

/// Answers whoever holds a link.
#[derive(Debug)]
pub struct LinkHolder<'a> {
    /// Operations of the provider, who has made the link.
    pub operations: Operations,
    /// The brand at the head of new keys.
    pub prefix: &'a KeyPrefix,
    /// What becomes of alerts.
    pub alerts: AlertRaising,
    /// The network that the holder comes from, if it is known.
    pub network: Option<String>,
}

impl LinkHolder<'_> {
    /// Whether a link is good, and if so whether it needs a passphrase. The first look is written down, and
    /// nothing is used up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look(&self, token: &LinkToken) -> Result<Option<bool>, OperationError> {
        let Some(link) = self.find(token).await? else {
            return Ok(None);
        };
        if !self.is_good(&link).await? {
            return Ok(None);
        }
        if link.opened.is_none() {
            let seen = Seen {
                at: self.operations.now(),
                network: self.network.clone(),
            };
            let noted = self.operations.stores().keys.note_opened(&link.id, &seen);
            noted.await.map_err(KeyringError::from)?;
        }
        Ok(Some(link.passphrase.is_some()))
    }

    /// Makes the key of a link and uses the link up, in one step. The fifth wrong passphrase withdraws the
    /// link; an attempt after the key was revealed raises an alert.
    ///
    /// # Errors
    /// When the key cannot be made any more, such as the successor of a key that was rotated meanwhile, or
    /// the store fails.
    pub async fn reveal(
        &self,
        token: &LinkToken,
        passphrase: Option<&Passphrase>,
    ) -> Result<Revealing, OperationError> {
        let Some(link) = self.find(token).await? else {
            return Ok(Revealing::Gone);
        };
        if !self.is_good(&link).await? {
            return self.gone(&link).await;
        }
        if let Some(hash) = &link.passphrase {
            let Some(passphrase) = passphrase else {
                return Ok(Revealing::NeedsPassphrase);
            };
            match self.compare(&link, hash, passphrase).await? {
                Some(0) => {}
                Some(tries) => return self.refuse(&link, tries).await,
                None => return self.gone(&link).await,
            }
        }
        // Before the commit: nothing must fail between it and the key's display.
        let name = self.client_name(&link).await?;
        let keyring = self.keyring(&link);
        let network = self.network.as_deref();
        match keyring.reveal(&link, self.prefix, network).await {
            Ok(revealed) => {
                let key = shown(revealed.at_commit(), name);
                tracing::info!(link = %link.id, key = %key.issued.record.id, "a key was revealed");
                Ok(Revealing::Revealed(Box::new(key)))
            }
            Err(KeyringError::LinkGone(_)) => self.gone(&link).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn find(&self, token: &LinkToken) -> Result<Option<RevealLink>, OperationError> {
        let keys = &self.operations.stores().keys;
        let found = keys.find_reveal_link(&token.hash().to_bytes()).await;
        Ok(found.map_err(KeyringError::from)?)
    }

    async fn is_good(&self, link: &RevealLink) -> Result<bool, OperationError> {
        if !link.is_good(self.operations.now()) {
            return Ok(false);
        }
        match self.operations.keyring().check_maker(link).await {
            Ok(()) => Ok(true),
            Err(KeyringError::LinkGone(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Counts the passphrase and compares it: 0 if it fits, else how many were tried; nothing if the link has
    /// ended meanwhile.
    async fn compare(
        &self,
        link: &RevealLink,
        hash: &KeyHash,
        passphrase: &Passphrase,
    ) -> Result<Option<u64>, OperationError> {
        let keys = &self.operations.stores().keys;
        // First, so that no more are compared however many come at once.
        let counted = keys.count_try(&link.id, self.operations.now()).await;
        let Some(tries) = counted.map_err(KeyringError::from)? else {
            return Ok(None);
        };
        let hashes = self.operations.keyring().hashes();
        let fits = passphrase.fits(hash, hashes, &link.token_hash).await;
        Ok(Some(match fits.map_err(KeyringError::from)? {
            true => 0,
            false => tries,
        }))
    }

    async fn refuse(&self, link: &RevealLink, tries: u64) -> Result<Revealing, OperationError> {
        let left = RevealLink::MOST_TRIES.saturating_sub(tries);
        if left == 0 {
            let withdrawn = self.keyring(link).withdraw_reveal_link(&link.id).await?;
            withdrawn.at_commit();
            let evidence = format!(
                "the reveal link {} was withdrawn after {tries} wrong passphrases",
                link.id
            );
            self.alert(link, evidence).await;
        }
        Ok(Revealing::WrongPassphrase { left })
    }

    /// An attempt after the key was revealed may be that of the client: then another has its key.
    async fn gone(&self, link: &RevealLink) -> Result<Revealing, OperationError> {
        let present = self.operations.keyring().link(&link.id).await?;
        if let Some(revealed) = &present.revealed {
            let network = revealed.seen.network.as_deref().unwrap_or("unknown");
            let evidence = format!(
                "the reveal link {} was used again: the key {} was revealed to the network {network}",
                present.id, revealed.key_id
            );
            self.alert(&present, evidence).await;
        }
        Ok(Revealing::Gone)
    }

    async fn alert(&self, link: &RevealLink, evidence: String) {
        let (store, now) = (&self.operations.stores().activity, self.operations.now());
        let subject = AlertSubject {
            client_id: Some(link.client_id.clone()),
            key_id: link
                .revealed
                .as_ref()
                .map(|revealed| revealed.key_id.clone()),
            network: self.network.clone(),
        };
        self.alerts
            .raise(&**store, AlertKind::RevealLink, subject, now, evidence)
            .await;
    }

    async fn client_name(&self, link: &RevealLink) -> Result<Option<String>, OperationError> {
        let client = &link.client_id;
        let book = self.operations.keyring().client_book(client).await?;
        Ok(book.name(client).map(str::to_owned))
    }

    /// What changes keys in the name of the link.
    fn keyring(&self, link: &RevealLink) -> Keyring {
        let mut actor = Actor::of(ActorKind::Server, Some(link.id.as_str()), "reveal link");
        if let Some(network) = &self.network {
            actor = actor.from_network(network);
        }
        let keyring = self.operations.keyring().clone();
        keyring.in_the_name_of(actor.coming_via(Via::Http))
    }
}

fn shown(revealed: Revealed, client_name: Option<String>) -> RevealedKey {
    let IssuedKey { record, api_key } = revealed.issued;
    let replaced = |old: KeyRecord| Replaced {
        works_until: match old.revoked_at {
            Some(_) => None,
            None => old.ends_at(),
        },
        key_id: old.id,
    };
    RevealedKey {
        replaced: revealed.replaced.map(replaced),
        issued: Issued {
            client_name: client_name.or_else(|| record.name.clone()),
            record,
            api_key,
        },
    }
}
