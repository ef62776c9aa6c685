use super::{KeyFilter, KeyView};
use crate::{OperationError, Operations};
use central_logger_key_store::{KeyMaker, KeyRecord};
use central_logger_keyring::KeyringError;
use central_logger_keys::KeyId;
use serde::Serialize;
use std::collections::BTreeSet;

/// Which page of a list is asked for.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// The most keys on the page.
    pub limit: usize,
    /// The last key of the page before.
    pub after: Option<KeyId>,
}

/// A page of keys, oldest first.
#[derive(Debug, Serialize)]
pub struct KeyPage {
    /// The keys. Those whose rows cannot be read are left out.
    pub keys: Vec<KeyView>,
    /// What to ask for to get the next page, if there is one.
    pub next_cursor: Option<KeyId>,
}

impl Operations {
    /// Lists keys without secrets, page by page.
    ///
    /// # Errors
    /// When there is no key that the page is to come after, or the store fails.
    pub async fn page(
        &self,
        filter: &KeyFilter,
        page: &PageRequest,
    ) -> Result<KeyPage, OperationError> {
        let client = self.caller.client().or(filter.client.as_ref());
        let mut records = self.keyring.list(client.into(), None).await?.records;
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        let begin = match &page.after {
            None => 0,
            Some(last) => {
                let place = records.iter().position(|record| record.id == *last);
                place.ok_or_else(|| KeyringError::UnknownKey(last.clone()))? + 1
            }
        };
        let book = self.book(client).await?;
        let now = self.now();
        let own = self.caller.client().map(|_| ids(&records));
        let asked_for = records
            .into_iter()
            .skip(begin)
            .filter(|record| filter.takes(record, now));
        let mut keys: Vec<_> = asked_for
            .take(page.limit + 1)
            .map(|record| KeyView::of(record, now).named_in(&book))
            .collect();
        let has_more = keys.len() > page.limit;
        keys.truncate(page.limit);
        if let Some(own) = own {
            keys.iter_mut().for_each(|key| name_provider(key, &own));
        }
        Ok(KeyPage {
            next_cursor: keys
                .last()
                .filter(|_| has_more)
                .map(|key| key.key_id.clone()),
            keys,
        })
    }
}

fn ids(records: &[KeyRecord]) -> BTreeSet<KeyId> {
    records.iter().map(|record| record.id.clone()).collect()
}

/// To a client, the keys of the provider have no ids.
fn name_provider(key: &mut KeyView, own: &BTreeSet<KeyId>) {
    if key.made_by.key().is_some_and(|maker| !own.contains(maker)) {
        key.made_by = KeyMaker::Provider;
    }
}
