use super::{KeyFilter, KeyView};
use crate::{
    OperationError, Operations,
    paging::{CreationPlace, PageRequest},
};
use central_logger_key_store::{KeyMaker, KeyRecord};
use central_logger_keys::KeyId;
use serde::Serialize;
use std::collections::BTreeSet;

/// A page of keys, oldest first.
#[derive(Debug, Serialize)]
pub struct KeyPage {
    /// The keys. Those whose rows cannot be read are left out.
    pub keys: Vec<KeyView>,
    /// What to ask for to get the next page, if there is one.
    pub next_cursor: Option<CreationPlace>,
}

impl Operations {
    /// Lists keys without secrets, page by page.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn page(
        &self,
        filter: &KeyFilter,
        page: &PageRequest,
    ) -> Result<KeyPage, OperationError> {
        let client = self.caller.client().or(filter.client.as_ref());
        let records = self.keyring.list(client.into(), None).await?.records;
        let book = self.book(client).await?;
        let now = self.now();
        let own = self.caller.client().map(|_| ids(&records));
        let asked_for = records.into_iter();
        let asked_for = asked_for.filter(|record| filter.takes(record, now));
        let place = |record: &KeyRecord| CreationPlace::new(record.created_at, &record.id);
        let (records, next_cursor) = page.of(asked_for, place);
        let keys = records.into_iter();
        let keys = keys.map(|record| KeyView::of(record, now).named_in(&book));
        let mut keys: Vec<_> = keys.collect();
        if let Some(own) = own {
            keys.iter_mut().for_each(|key| name_provider(key, &own));
        }
        Ok(KeyPage { keys, next_cursor })
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
