use crate::{
    args::ImportArgs,
    commands::wait::wait,
    context::{Context, Keys},
    error::AdminError,
    output::table,
};
use central_logger_backend::Settings;
use central_logger_key_store::{Adoption, ForeignKey, KeyringError, NewKey, PlainText};
use central_logger_keys::{ClientId, KeyId};
use serde::Serialize;
use serde_json::json;

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
    key: ForeignKey,
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
    let mut entries = Vec::new();
    for candidate in candidates {
        entries.push(import_one(&keys, candidate, &args).await?);
    }
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
    args: &ImportArgs,
) -> Result<Entry, AdminError> {
    let Candidate {
        key,
        client_id,
        note,
    } = candidate;
    let new = NewKey {
        note,
        allow_weak: args.allow_weak,
        ..NewKey::for_client(client_id.clone())
    };
    let done = match args.dry_run {
        true => keys
            .keyring
            .foresee(&key, &new)
            .await
            .map(|known| match known {
                Some(record) => (Outcome::Known, Some(record.id)),
                None => (Outcome::New, None),
            }),
        false => keys
            .keyring
            .adopt(key, new)
            .await
            .map(|adoption| match adoption {
                Adoption::Known(record) => (Outcome::Known, Some(record.id)),
                Adoption::New(record) => (Outcome::Imported, Some(record.id)),
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
