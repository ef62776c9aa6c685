use crate::Operations;
use central_logger_key_store::{KeyStore, NewKey, Owners};
use central_logger_keyring::KeyringError;
use central_logger_keys::{ClientId, KeyId};
use central_logger_settings::Environment;
use central_logger_static_keys::{ApiKeys, StaticKeys};
use central_logger_text::Report;
use serde::Serialize;
use std::path::Path;

/// The entries of `API_KEYS`, which no operation changes, or why they cannot be read.
#[derive(Debug)]
pub struct StaticEntries {
    keys: Result<ApiKeys, String>,
    place: String,
}

/// The static keys of a client that go on working, whatever becomes of its keys in the database.
/// Serialises to their ids, or null when `API_KEYS` cannot be read.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct StaticKeysLeft {
    /// The ids, or `None` when `API_KEYS` cannot be read.
    pub ids: Option<Vec<KeyId>>,
    /// The place where `API_KEYS` is set.
    #[serde(skip)]
    pub place: String,
    /// Why `API_KEYS` cannot be read.
    #[serde(skip)]
    pub problem: Option<String>,
}

impl StaticEntries {
    /// Reads the entries; a failure is kept, since it must not keep access from being taken away.
    pub fn read(environment: &Environment) -> Self {
        let keys = environment.api_keys();
        Self {
            keys: keys.map_err(|error| Report(&error).to_string()),
            place: environment.api_keys_place().unwrap_or_default(),
        }
    }

    /// Reads the entries as they are now, from the environment variables and from this `.env` file.
    pub fn read_again(env_file: &Path) -> Self {
        match Environment::read(env_file.exists().then_some(env_file)) {
            Ok(environment) => Self::read(&environment),
            Err(error) => Self {
                keys: Err(Report(&error).to_string()),
                place: String::new(),
            },
        }
    }
}

impl StaticEntries {
    /// Returns the keys, if they can be read.
    pub fn keys(&self) -> Option<&ApiKeys> {
        self.keys.as_ref().ok()
    }

    /// Returns the place where `API_KEYS` is set.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl StaticKeysLeft {
    /// Returns the ids in a row, if there are any.
    pub fn named(&self) -> Option<String> {
        let ids = self.ids.as_ref().filter(|ids| !ids.is_empty())?;
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        Some(ids.join(", "))
    }
}

impl Operations {
    pub(crate) async fn static_keys_left(
        &self,
        entries: StaticEntries,
        client: &ClientId,
    ) -> StaticKeysLeft {
        let (ids, problem) = match entries.keys {
            Ok(keys) => (Some(self.not_in_database(keys, client).await), None),
            Err(problem) => (None, Some(problem)),
        };
        StaticKeysLeft {
            ids,
            place: entries.place,
            problem,
        }
    }

    /// Names the entries of a client that the database does not know: it alone judges the keys that it
    /// knows.
    async fn not_in_database(&self, keys: ApiKeys, client: &ClientId) -> Vec<KeyId> {
        let records = StaticKeys::new(&keys, self.now())
            .list(Owners::Client(client))
            .await;
        let records = records.map(|list| list.records).unwrap_or_default();
        let of_client = keys.into_iter().filter(|(_, owner)| owner == client);
        let new = NewKey {
            allow_weak: true,
            ..NewKey::for_client(client.clone())
        };
        let mut ids = Vec::new();
        for (record, (key, _)) in records.into_iter().zip(of_client) {
            let known = self.keyring.preview_import(&key.into(), &new).await;
            if !matches!(
                known,
                Ok(Some(_)) | Err(KeyringError::BelongsToOther { .. })
            ) {
                ids.push(record.id);
            }
        }
        ids
    }
}
