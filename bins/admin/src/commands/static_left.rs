//! Keys in `API_KEYS`, which no command changes.

use crate::context::{Context, Keys};
use central_logger_key_store::{ExternalKey, KeyStore, KeyringError, NewKey};
use central_logger_keys::{ClientId, KeyId};
use central_logger_static_keys::StaticKeys;
use central_logger_text::Report;
use std::sync::Arc;

/// Those of a client that go on working, whatever becomes of its keys in the database.
pub(crate) struct StaticLeft {
    /// Nothing when `API_KEYS` could not be read.
    pub(crate) ids: Option<Vec<KeyId>>,
    /// Where they stand.
    pub(crate) place: String,
}

impl StaticLeft {
    pub(crate) async fn of(context: &Context<'_>, keys: &Keys, client: &ClientId) -> Self {
        let environment = &keys.settings.environment;
        let place = environment.api_keys_place().unwrap_or_default();
        let api_keys = match environment.api_keys() {
            Ok(api_keys) => api_keys,
            Err(error) => {
                let reason = Report(&error).to_string();
                let remark =
                    format!("Whether static keys of {client} are left could not be seen: {reason}");
                context.output.remark(&remark);
                return Self { ids: None, place };
            }
        };
        let records = StaticKeys::new(&api_keys, context.now())
            .list(Some(client))
            .await;
        let of_client = api_keys.into_iter().filter(|(_, owner)| owner == client);
        let mut ids = Vec::new();
        let records = records.map(|list| list.records).unwrap_or_default();
        for (record, (key, _)) in records.into_iter().zip(of_client) {
            let new = NewKey {
                allow_weak: true,
                ..NewKey::for_client(client.clone())
            };
            // A key that the database knows is judged by the database alone.
            let known = keys
                .keyring
                .preview_import(&ExternalKey::Key(Arc::new(key)), &new)
                .await;
            if !matches!(
                known,
                Ok(Some(_)) | Err(KeyringError::BelongsToOther { .. })
            ) {
                ids.push(record.id);
            }
        }
        Self {
            ids: Some(ids),
            place,
        }
    }

    /// Their ids in a row, if there are any.
    pub(crate) fn named(&self) -> Option<String> {
        let ids = self.ids.as_ref().filter(|ids| !ids.is_empty())?;
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        Some(ids.join(", "))
    }

    /// What people are told of them, after something else.
    pub(crate) fn remark(&self) -> String {
        match self.named() {
            Some(ids) => format!(
                "\nStatic keys still work: {ids}. Take them out of {}; servers follow within two \
                 seconds.",
                self.place
            ),
            None => String::new(),
        }
    }
}
