use crate::{Change, OperationError, Operations};
use central_logger_key_store::{KeyStoreError, NewKey};
use central_logger_keyring::{ExternalKey, Imported, KeyringError};
use central_logger_keys::{ClientId, KeyId};
use central_logger_text::PlainText;
use serde::Serialize;
use std::{fmt, thread::available_parallelism};
use tokio::task::JoinSet;

/// A key that was made elsewhere and is to be imported.
#[derive(Debug, Clone)]
pub struct Import {
    /// The key, or its SHA-256.
    pub key: ExternalKey,
    /// The client that it is to belong to.
    pub client_id: ClientId,
    /// A remark.
    pub note: Option<PlainText>,
}

/// How keys are imported.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Whether weak keys are stored, too, and listed as due for rotation.
    pub allow_weak: bool,
    /// Whether nothing is stored, and only told what would be.
    pub dry_run: bool,
}

/// The outcome of an import, key by key.
#[derive(Debug, Serialize)]
pub struct ImportReport {
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// The outcomes, in the order of the imports.
    pub keys: Vec<ImportedKey>,
}

/// The outcome of the import of one key.
#[derive(Debug, Serialize)]
pub struct ImportedKey {
    /// The client.
    pub client_id: ClientId,
    /// The id under which the key is stored.
    pub key_id: Option<KeyId>,
    /// What became of the key.
    pub outcome: ImportOutcome,
    /// Why the key was refused.
    pub reason: Option<String>,
    /// Whether the key was refused for being weak, which the caller may allow.
    #[serde(skip)]
    pub is_too_weak: bool,
}

/// What became of a key that was to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ImportOutcome {
    /// It would be imported, if this were no dry run.
    New,
    /// It is stored now.
    Imported,
    /// It was stored before.
    Known,
    /// It cannot be stored.
    Refused,
}

impl Operations {
    /// Imports keys that were made elsewhere, as many at a time as there are cores, since hashing takes
    /// nearly all of the time. `progress` is told how many of how many are done.
    ///
    /// A key that is refused does not keep the others out. Repeating an import changes nothing.
    ///
    /// # Errors
    /// When the store fails. What was imported until then stays imported.
    pub async fn import(
        &self,
        imports: Vec<Import>,
        options: ImportOptions,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Change<ImportReport>, OperationError> {
        self.caller.check_provider_writes()?;
        let at_once = available_parallelism().map_or(1, usize::from);
        let total = imports.len();
        let mut waiting = imports.into_iter().enumerate();
        let mut importing = JoinSet::new();
        let mut done = Vec::with_capacity(total);
        loop {
            while importing.len() < at_once
                && let Some((place, import)) = waiting.next()
            {
                let operations = self.clone();
                importing.spawn(async move {
                    let imported = operations.import_one(import, options).await;
                    (place, imported)
                });
            }
            let Some(imported) = importing.join_next().await else {
                break;
            };
            let (place, key) = imported?;
            done.push((place, key?));
            progress(done.len(), total);
        }
        done.sort_by_key(|(place, _)| *place);
        Ok(self.changed(ImportReport {
            dry_run: options.dry_run,
            keys: done.into_iter().map(|(_, key)| key).collect(),
        }))
    }

    async fn import_one(
        &self,
        import: Import,
        options: ImportOptions,
    ) -> Result<ImportedKey, OperationError> {
        let new = NewKey {
            note: import.note,
            allow_weak: options.allow_weak,
            ..NewKey::for_client(import.client_id.clone())
        };
        let outcome = match options.dry_run {
            true => self.preview_import(&import.key, &new).await,
            false => self.store_import(import.key, new).await,
        };
        ImportedKey::of(import.client_id, outcome)
    }

    async fn preview_import(&self, key: &ExternalKey, new: &NewKey) -> Outcome {
        Ok(match self.keyring.preview_import(key, new).await? {
            Some(record) => (ImportOutcome::Known, Some(record.id)),
            None => (ImportOutcome::New, None),
        })
    }

    async fn store_import(&self, key: ExternalKey, new: NewKey) -> Outcome {
        let stored = match self.keyring.import(key.clone(), new.clone()).await {
            // The same key may be imported twice, both at the same time.
            Err(KeyringError::Store(KeyStoreError::KeyExists)) => {
                self.keyring.import(key, new).await
            }
            stored => stored,
        };
        Ok(match stored? {
            Imported::Known(record) => (ImportOutcome::Known, Some(record.id)),
            Imported::New(record) => (ImportOutcome::Imported, Some(record.id)),
        })
    }
}

type Outcome = Result<(ImportOutcome, Option<KeyId>), KeyringError>;

impl ImportedKey {
    /// Takes down the refusal of a key; a store that fails ends the import.
    fn of(client_id: ClientId, outcome: Outcome) -> Result<Self, OperationError> {
        let (outcome, key_id, refusal) = match outcome {
            Ok((outcome, key_id)) => (outcome, key_id, None),
            Err(
                refusal @ (KeyringError::Mistyped
                | KeyringError::Weak
                | KeyringError::BelongsToOther { .. }),
            ) => (ImportOutcome::Refused, None, Some(refusal)),
            Err(failure) => return Err(failure.into()),
        };
        Ok(Self {
            client_id,
            key_id,
            outcome,
            is_too_weak: matches!(refusal, Some(KeyringError::Weak)),
            reason: refusal.map(|refusal| refusal.to_string()),
        })
    }
}

impl fmt::Display for ImportOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Imported => "imported",
            Self::Known => "known",
            Self::Refused => "refused",
        })
    }
}
