//! The first key of a new installation.

use central_logger_key_store::{KeyStore, KeyStoreError, Keyring, KeyringError, NewKey};
use central_logger_keys::{ApiKey, ClientId, InvalidClientId, KeyPrefix};
use std::{io, sync::Arc};

/// Why there is no first key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QuickstartError {
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Client(#[from] InvalidClientId),
    #[error("--quickstart: standard output cannot be written to")]
    Output(#[from] io::Error),
}

/// Issues a key for `demo` unless some store has a key already.
pub(crate) async fn issue_first_key(
    stores: &[Arc<dyn KeyStore>],
    keyring: &Keyring,
    prefix: &KeyPrefix,
) -> Result<Option<Arc<ApiKey>>, QuickstartError> {
    for store in stores {
        if !store.list(None).await?.is_empty() {
            return Ok(None);
        }
    }
    let demo: ClientId = "demo".parse()?;
    let issued = keyring.issue(prefix, NewKey::for_client(demo)).await?;
    Ok(Some(issued.api_key))
}

/// What to do next, for a person at the terminal.
pub(crate) fn welcome(first_key: Option<&ApiKey>, url: &str) -> String {
    let (about, key) = match first_key {
        Some(key) => (
            format!(
                "A first key, for the client demo. It is shown this once:\n\n    {}",
                key.expose_secret()
            ),
            key.expose_secret(),
        ),
        None => (
            "There are keys already, so none was issued.".to_owned(),
            "YOUR_KEY",
        ),
    };
    format!(
        "{about}\n\nSend a log:\n\n    \
         curl -X POST {url}/api/v1/logs -H 'X-API-Key: {key}' -H 'Content-Type: application/json' \
         -d '{{\"environment\": \"production\", \"executed_at\": \"2025-12-24T10:30:00Z\", \"status\": \"SUCCESS\"}}'\n\n\
         Read it back:\n\n    curl {url}/api/v1/logs -H 'X-API-Key: {key}'\n"
    )
}
