use central_logger_key_store::{
    KeyMaker, KeyStatus, Owners,
    reveal_link::{LinkedKey, RevealLink, RevealState},
};
use central_logger_keyring::KeyringError;
use central_logger_keys::{ClientId, KeyId};
use central_logger_operations::{
    Change, OperationError, Operations,
    paging::{CreationPlace, PageRequest},
};
use serde::Serialize;
use std::{cmp::Reverse, collections::BTreeSet};
use time::OffsetDateTime;

/// The links of the provider, in the name of a caller.
#[derive(Debug)]
pub struct RevealLinks {
    pub(crate) operations: Operations,
}

/// What is shown of a link.
#[derive(Debug, Clone, Serialize)]
pub struct RevealLinkView {
    /// The public id.
    pub id: KeyId,
    /// The client that gets the key.
    pub client_id: ClientId,
    /// What has become of it.
    pub state: RevealState,
    /// The key that the key of the link is to replace.
    pub replaces: Option<KeyId>,
    /// Whether a passphrase has to be said.
    pub has_passphrase: bool,
    /// Who made it: a key, or the provider.
    pub made_by: KeyMaker,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it is refused from.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// When it was first looked at.
    #[serde(with = "time::serde::rfc3339::option")]
    pub opened_at: Option<OffsetDateTime>,
    /// The network that it was first looked at from.
    pub opened_from: Option<String>,
    /// When the key was revealed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revealed_at: Option<OffsetDateTime>,
    /// The network that the key was revealed to.
    pub revealed_from: Option<String>,
    /// The key that was revealed.
    pub key_id: Option<KeyId>,
    /// When it was withdrawn.
    #[serde(with = "time::serde::rfc3339::option")]
    pub withdrawn_at: Option<OffsetDateTime>,
    /// The mail address that it was sent to, if it was.
    pub mailed_to: Option<String>,
}

/// Links, the newest first.
#[derive(Debug, Serialize)]
pub struct RevealLinkList {
    /// The links.
    pub links: Vec<RevealLinkView>,
}

/// A page of links, the newest first.
#[derive(Debug, Serialize)]
pub struct RevealLinkPage {
    /// The links.
    pub links: Vec<RevealLinkView>,
    /// What to ask for to get the next page, if there is one.
    pub next_cursor: Option<CreationPlace>,
}

impl RevealLinks {
    /// The links, in the name of the caller of these operations.
    pub fn of(operations: &Operations) -> Self {
        let operations = operations.clone();
        Self { operations }
    }

    /// Lists links of a client, or of all, up to 30 days after their end.
    ///
    /// # Errors
    /// When the caller may not see all clients, or the store fails.
    pub async fn list(&self, client: Option<&ClientId>) -> Result<RevealLinkList, OperationError> {
        let listed = self.listed(client).await?;
        let links = self.views(listed).await?;
        Ok(RevealLinkList { links })
    }

    /// Lists them page by page.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn page(
        &self,
        client: Option<&ClientId>,
        page: &PageRequest,
    ) -> Result<RevealLinkPage, OperationError> {
        let newest_first = PageRequest {
            limit: page.limit,
            after: page.after.clone().map(Reverse),
        };
        let place = |link: &RevealLink| Reverse(CreationPlace::new(link.created_at, &link.id));
        let (listed, last) = newest_first.of(self.listed(client).await?, place);
        Ok(RevealLinkPage {
            links: self.views(listed).await?,
            next_cursor: last.map(|Reverse(place)| place),
        })
    }

    async fn listed(&self, client: Option<&ClientId>) -> Result<Vec<RevealLink>, OperationError> {
        self.operations.check_provider_reads()?;
        let keys = &self.operations.stores().keys;
        let listed = keys.reveal_links(client, usize::MAX).await;
        Ok(listed.map_err(KeyringError::from)?)
    }

    /// Shows a link.
    ///
    /// # Errors
    /// When the caller may not see all clients, there is no such link, or the store fails.
    pub async fn show(&self, id: &KeyId) -> Result<RevealLinkView, OperationError> {
        self.operations.check_provider_reads()?;
        let link = self.operations.keyring().link(id).await?;
        self.view(link).await
    }

    /// Withdraws a link, and shows it. One that cannot be used any more stays as it is.
    ///
    /// # Errors
    /// When the caller may not change clients, there is no such link, its key was revealed, or the store fails.
    pub async fn withdraw(&self, id: &KeyId) -> Result<Change<RevealLinkView>, OperationError> {
        self.operations.check_provider_writes()?;
        let withdrawn = self.operations.keyring().withdraw_reveal_link(id).await?;
        let view = self.view(withdrawn.at_commit()).await?;
        Ok(self.operations.changed(view))
    }

    async fn view(&self, link: RevealLink) -> Result<RevealLinkView, OperationError> {
        let unknown = KeyringError::UnknownLink(link.id.clone());
        let views = self.views(vec![link]).await?;
        views.into_iter().next().ok_or(unknown.into())
    }

    /// A link ends with the key that made it.
    async fn views(&self, links: Vec<RevealLink>) -> Result<Vec<RevealLinkView>, OperationError> {
        let now = self.operations.now();
        let is_made_by_key = |link: &RevealLink| link.made_by.key().is_some();
        let mut makers = BTreeSet::new();
        if links.iter().any(is_made_by_key) {
            let active = Some(KeyStatus::Active);
            let keys = self.operations.keyring().list(Owners::Provider, active);
            makers.extend(keys.await?.records.into_iter().map(|key| key.id));
        }
        let view = |link: RevealLink| {
            let has_maker = link.made_by.key().is_none_or(|key| makers.contains(key));
            let state = match link.is_good(now) && !has_maker {
                true => RevealState::Withdrawn,
                false => link.state(now),
            };
            RevealLinkView::of(link, state)
        };
        Ok(links.into_iter().map(view).collect())
    }
}

impl RevealLinkView {
    fn of(link: RevealLink, state: RevealState) -> Self {
        let (opened_at, opened_from) = match link.opened {
            Some(seen) => (Some(seen.at), seen.network),
            None => (None, None),
        };
        let (revealed_at, revealed_from, key_id) = match link.revealed {
            Some(revealed) => (
                Some(revealed.seen.at),
                revealed.seen.network,
                Some(revealed.key_id),
            ),
            None => (None, None, None),
        };
        Self {
            id: link.id,
            client_id: link.client_id,
            state,
            replaces: match link.key {
                LinkedKey::New(_) => None,
                LinkedKey::Successor { replaces, .. } => Some(replaces),
            },
            has_passphrase: link.passphrase.is_some(),
            made_by: link.made_by.as_named(),
            created_at: link.created_at,
            expires_at: link.valid_until,
            opened_at,
            opened_from,
            revealed_at,
            revealed_from,
            key_id,
            withdrawn_at: link.withdrawn_at,
            mailed_to: link.mailed_to,
        }
    }
}
