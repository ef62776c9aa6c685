use super::{Keys, MemoryKeys};
use crate::{
    error::KeyStoreError,
    reveal_link::{LinkChange, RevealLink, RevealLinkStore, Seen},
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyId};
use time::OffsetDateTime;

impl Keys {
    pub(super) fn refuse_link_that_is_used(
        &self,
        change: &LinkChange,
    ) -> Result<(), KeyStoreError> {
        let LinkChange::Reveal { id, revelation } = change else {
            return Ok(());
        };
        let link = self.reveal_links.get(id);
        match link.is_some_and(|link| link.can_reveal(revelation.seen.at)) {
            true => Ok(()),
            false => Err(KeyStoreError::Stale),
        }
    }

    pub(super) fn change_links(&mut self, change: &LinkChange) {
        match change {
            LinkChange::Add(link) => {
                self.reveal_links.insert(link.id.clone(), (**link).clone());
            }
            LinkChange::Reveal { id, revelation } => {
                if let Some(link) = self.reveal_links.get_mut(id) {
                    link.revealed = Some(revelation.clone());
                }
            }
            LinkChange::Withdraw { ids, at } => {
                for id in ids {
                    let link = self.reveal_links.get_mut(id);
                    if let Some(link) = link.filter(|link| link.revealed.is_none()) {
                        link.withdrawn_at.get_or_insert(*at);
                    }
                }
            }
        }
    }
}

#[async_trait]
impl RevealLinkStore for MemoryKeys {
    async fn find_reveal_link(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<RevealLink>, KeyStoreError> {
        let keys = self.lock();
        let mut links = keys.reveal_links.values();
        Ok(links.find(|link| link.token_hash == *token_hash).cloned())
    }

    async fn reveal_link(&self, id: &KeyId) -> Result<Option<RevealLink>, KeyStoreError> {
        Ok(self.lock().reveal_links.get(id).cloned())
    }

    async fn reveal_links(
        &self,
        client: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<RevealLink>, KeyStoreError> {
        let keys = self.lock();
        let links = keys.reveal_links.values();
        let of_client = links.filter(|link| client.is_none_or(|client| link.client_id == *client));
        let mut links: Vec<_> = of_client.cloned().collect();
        links.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        links.truncate(limit);
        Ok(links)
    }

    async fn open_reveal_links(
        &self,
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Vec<KeyId>, KeyStoreError> {
        let keys = self.lock();
        let links = keys.reveal_links.values();
        let open = links.filter(|link| link.client_id == *client && link.can_reveal(now));
        Ok(open.map(|link| link.id.clone()).collect())
    }

    async fn note_opened(&self, id: &KeyId, seen: &Seen) -> Result<(), KeyStoreError> {
        if let Some(link) = self.lock().reveal_links.get_mut(id) {
            link.opened.get_or_insert_with(|| seen.clone());
        }
        Ok(())
    }

    async fn count_try(
        &self,
        id: &KeyId,
        now: OffsetDateTime,
    ) -> Result<Option<u64>, KeyStoreError> {
        let mut keys = self.lock();
        let link = keys.reveal_links.get_mut(id);
        let Some(link) = link.filter(|link| link.is_good(now)) else {
            return Ok(None);
        };
        link.tries += 1;
        Ok(Some(link.tries))
    }

    async fn purge_reveal_links(&self, before: OffsetDateTime) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        keys.reveal_links
            .retain(|_, link| link.valid_until > before);
        Ok(())
    }
}
