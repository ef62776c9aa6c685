use crate::{
    args::ImportArgs,
    commands::wait::wait,
    context::{Context, Keys},
    error::AdminError,
    output::{Progress, table},
};
use central_logger_key_store::{ExternalKey, Imported, KeyStoreError, KeyringError, NewKey};
use central_logger_keys::{ClientId, KeyId};
use central_logger_settings::Settings;
use central_logger_text::PlainText;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;

pub(crate) mod hashes;

/// What became of one entry of `API_KEYS`.
#[derive(Serialize)]
struct Entry {
    client_id: ClientId,
    key_id: Option<KeyId>,
    outcome: Outcome,
    reason: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// It would be, if this were not a trial.
    New,
    Imported,
    Known,
    Refused,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Imported => "imported",
            Self::Known => "known",
            Self::Refused => "refused",
        }
    }
}

/// A key that is to be imported.
struct Candidate {
    key: ExternalKey,
    client_id: ClientId,
    note: Option<PlainText>,
}

pub(crate) async fn import(context: &Context<'_>, args: ImportArgs) -> Result<(), AdminError> {
    let candidates = match &args.hashes {
        Some(path) => {
            hashes::read(path).map_err(|error| AdminError::Hashes(path.clone(), error))?
        }
        None => static_keys(&context.settings()?)?,
    };
    let keys = match args.dry_run {
        true => context.keys().await?,
        false => context.keys_to_add().await?,
    };
    let keys = Arc::new(keys);
    let entries = import_all(context, &keys, candidates, &args).await?;
    if !args.dry_run {
        wait(context, keys.keyring.everywhere(), &args.wait).await?;
    }
    let refused = entries
        .iter()
        .filter(|entry| entry.outcome == Outcome::Refused)
        .count();
    let result = json!({"dry_run": args.dry_run, "keys": entries});
    context
        .output
        .change(keys.keyring.noted(), &result, || match entries.is_empty() {
            true => "There are no keys to import.".to_owned(),
            false => table(["CLIENT", "KEY ID", "OUTCOME", ""], entries.iter().map(row)),
        })?;
    match refused {
        0 => Ok(()),
        _ => Err(AdminError::NotImported(refused, entries.len())),
    }
}

/// As many at a time as there are cores: hashing takes nearly all of the time.
async fn import_all(
    context: &Context<'_>,
    keys: &Arc<Keys>,
    candidates: Vec<Candidate>,
    args: &ImportArgs,
) -> Result<Vec<Entry>, AdminError> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let total = candidates.len();
    let mut waiting = candidates.into_iter().enumerate();
    let mut importing = JoinSet::new();
    let mut done = Vec::with_capacity(total);
    let mut progress = Progress::new(context.output);
    loop {
        while importing.len() < at_once
            && let Some((place, candidate)) = waiting.next()
        {
            let keys = Arc::clone(keys);
            let (dry_run, allow_weak) = (args.dry_run, args.allow_weak);
            importing.spawn(async move {
                let imported = import_one(&keys, candidate, dry_run, allow_weak).await;
                (place, imported)
            });
        }
        let Some(imported) = importing.join_next().await else {
            break;
        };
        let (place, entry) = imported.map_err(AdminError::Interrupted)?;
        done.push((place, entry?));
        progress.tell(done.len(), total);
    }
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, entry)| entry).collect())
}

fn static_keys(settings: &Settings) -> Result<Vec<Candidate>, AdminError> {
    let api_keys = settings.environment.api_keys()?;
    let candidates = api_keys.into_iter().map(|(key, client_id)| Candidate {
        key: key.into(),
        client_id,
        note: None,
    });
    Ok(candidates.collect())
}

async fn import_one(
    keys: &Keys,
    candidate: Candidate,
    dry_run: bool,
    allow_weak: bool,
) -> Result<Entry, AdminError> {
    let Candidate {
        key,
        client_id,
        note,
    } = candidate;
    let new = NewKey {
        note,
        allow_weak,
        ..NewKey::for_client(client_id.clone())
    };
    let done = match dry_run {
        true => keys
            .keyring
            .preview_import(&key, &new)
            .await
            .map(|known| match known {
                Some(record) => (Outcome::Known, Some(record.id)),
                None => (Outcome::New, None),
            }),
        false => adopt(keys, key, new).await.map(|adoption| match adoption {
            Imported::Known(record) => (Outcome::Known, Some(record.id)),
            Imported::New(record) => (Outcome::Imported, Some(record.id)),
        }),
    };
    let (outcome, key_id, reason) = match done {
        Ok((outcome, id)) => (outcome, id, None),
        // One bad entry does not keep the others out; a store that fails does.
        Err(
            refusal @ (KeyringError::Mistyped
            | KeyringError::Weak
            | KeyringError::BelongsToOther { .. }),
        ) => (
            Outcome::Refused,
            None,
            Some(AdminError::from(refusal).to_string()),
        ),
        Err(failure) => return Err(failure.into()),
    };
    Ok(Entry {
        client_id,
        key_id,
        outcome,
        reason,
    })
}

/// The same key may stand in the list twice, and both be under way at once.
async fn adopt(keys: &Keys, key: ExternalKey, new: NewKey) -> Result<Imported, KeyringError> {
    match keys.keyring.import(key.clone(), new.clone()).await {
        Err(KeyringError::Store(KeyStoreError::KeyExists)) => keys.keyring.import(key, new).await,
        adopted => adopted,
    }
}

fn row(entry: &Entry) -> [String; 4] {
    [
        entry.client_id.to_string(),
        entry
            .key_id
            .as_ref()
            .map_or_else(String::new, KeyId::to_string),
        entry.outcome.as_str().to_owned(),
        entry.reason.clone().unwrap_or_default(),
    ]
}
