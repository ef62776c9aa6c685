//! The first key of a new installation.

use central_logger_command_line::OutputTarget;
use central_logger_http::Server;
use central_logger_key_store::{Actor, KeySelection, KeyStoreError, KeyringError, NewKey, Owners};
use central_logger_keys::{ApiKey, ClientId, InvalidClientId};
use central_logger_text::Report;
use std::io::{self, Write};

/// Why there is no first key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QuickstartError {
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Client(#[from] InvalidClientId),
    #[error("--quickstart: the first key was not made, since it could not be shown")]
    NotMade(#[source] io::Error),
    #[error(
        "--quickstart: the first key could not be shown, and was revoked: issue another with \
         `central-logger-admin issue --client demo`"
    )]
    Revoked(#[source] io::Error),
    #[error(
        "--quickstart: the first key could not be shown, and could not be revoked ({reason}): run \
         `central-logger-admin revoke --client demo`"
    )]
    NotShown {
        reason: String,
        #[source]
        source: io::Error,
    },
}

/// Issues a key for `demo` unless some store has a key already, and prints what to do next.
pub(crate) async fn welcome(server: &Server, url: &str) -> Result<(), QuickstartError> {
    for store in server.key_stores() {
        if !store.list(Owners::All).await?.is_empty() {
            // Whether this is read matters to nobody.
            let _ = print(None, url);
            return Ok(());
        }
    }
    OutputTarget::stdout()
        .need_reader()
        .map_err(QuickstartError::NotMade)?;
    let demo: ClientId = "demo".parse()?;
    let keyring = server.keyring(Actor::server("quickstart"));
    let issued = keyring
        .issue(server.key_prefix(), NewKey::for_client(demo))
        .await?;
    let Err(error) = print(Some(&issued.api_key), url) else {
        return Ok(());
    };
    let unseen = KeySelection::Id(issued.record.id);
    match keyring.revoke(&unseen, None).await {
        Ok(revoked) => {
            revoked.at_commit();
            Err(QuickstartError::Revoked(error))
        }
        Err(failure) => Err(QuickstartError::NotShown {
            reason: Report(&failure).to_string(),
            source: error,
        }),
    }
}

fn print(first_key: Option<&ApiKey>, url: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", text(first_key, url))?;
    stdout.flush()
}

/// What to do next, for a person at the terminal.
fn text(first_key: Option<&ApiKey>, url: &str) -> String {
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
