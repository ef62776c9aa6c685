use crate::{
    args::ImportArgs,
    context::{Context, Keys},
    error::AdminError,
    output::table,
};
use central_logger_key_store::{Adoption, KeyringError, NewKey};
use central_logger_keys::{ApiKey, ClientId, KeyId};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

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

pub(crate) async fn import(context: &Context<'_>, args: ImportArgs) -> Result<(), AdminError> {
    let settings = context.settings()?;
    let api_keys = settings.environment.api_keys()?;
    let keys = match args.dry_run {
        true => context.keys().await?,
        false => context.keys_to_add(settings).await?,
    };
    let mut entries = Vec::new();
    for (key, client) in api_keys {
        let entry = match args.dry_run {
            true => foresee(&keys, key, client).await?,
            false => adopt(&keys, key, client).await?,
        };
        entries.push(entry);
    }
    let refused = entries
        .iter()
        .filter(|entry| entry.outcome == Outcome::Refused)
        .count();
    let result = json!({"dry_run": args.dry_run, "keys": entries});
    context
        .output
        .result(&result, || match entries.is_empty() {
            true => "There are no keys in API_KEYS.".to_owned(),
            false => table(["CLIENT", "KEY ID", "OUTCOME", ""], entries.iter().map(row)),
        })?;
    match refused {
        0 => Ok(()),
        _ => Err(AdminError::NotImported(refused, entries.len())),
    }
}

async fn adopt(keys: &Keys, key: ApiKey, client_id: ClientId) -> Result<Entry, AdminError> {
    let adoption = keys
        .keyring
        .adopt(key, NewKey::for_client(client_id.clone()));
    let (outcome, key_id) = match adoption.await {
        Ok(Adoption::New(record)) => (Outcome::Imported, record.id),
        Ok(Adoption::Known(record)) => (Outcome::Known, record.id),
        Err(refusal) => return refused(client_id, refusal),
    };
    Ok(Entry {
        client_id,
        key_id: Some(key_id),
        outcome,
        reason: None,
    })
}

/// What `adopt` would do.
async fn foresee(keys: &Keys, key: ApiKey, client_id: ClientId) -> Result<Entry, AdminError> {
    let known = match keys.keyring.recognise(&Arc::new(key)).await {
        Ok(Some(record)) if record.client_id != client_id => {
            let refusal = KeyringError::BelongsToOther {
                id: record.id,
                client_id: record.client_id,
            };
            return refused(client_id, refusal);
        }
        Ok(known) => known,
        Err(refusal) => return refused(client_id, refusal),
    };
    Ok(Entry {
        client_id,
        outcome: match known {
            Some(_) => Outcome::Known,
            None => Outcome::New,
        },
        key_id: known.map(|record| record.id),
        reason: None,
    })
}

/// One bad entry does not keep the others out; a store that fails does.
fn refused(client_id: ClientId, refusal: KeyringError) -> Result<Entry, AdminError> {
    match refusal {
        KeyringError::Mistyped | KeyringError::BelongsToOther { .. } => Ok(Entry {
            client_id,
            key_id: None,
            outcome: Outcome::Refused,
            reason: Some(refusal.to_string()),
        }),
        other => Err(other.into()),
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
