//! The first key of a new installation.

use central_logger_command_line::OutputTarget;
use central_logger_http::Server;
use central_logger_key_store::{Actor, KeyStoreError, NewKey, Owners};
use central_logger_keyring::{KeySelection, KeyringError};
use central_logger_keys::{ApiKey, ClientId, InvalidClientId, KeyOwner};
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

/// Issues a key for `demo` unless some store has a key already, and prints what to do next. While all keys are
/// configured ones, as in a working copy, whoever tries the server looks at the logs of the first of their clients.
pub(crate) async fn welcome(server: &Server, url: &str) -> Result<(), QuickstartError> {
    let [own, configured] = server.key_stores();
    if !own.list(Owners::All).await?.is_empty() {
        // Whether this is read matters to nobody.
        let _ = print(&Welcome::default(), url);
        return Ok(());
    }
    let configured = configured.list(Owners::All).await?.records;
    if let Some(first) = configured.first() {
        let link = match &first.owner {
            KeyOwner::Client(client) => server.first_visit(client, url).await,
            KeyOwner::Provider => None,
        };
        let welcome = Welcome {
            sign_in_link: link.as_deref(),
            ..Welcome::default()
        };
        let _ = print(&welcome, url);
        return Ok(());
    }
    OutputTarget::stdout()
        .need_reader()
        .map_err(QuickstartError::NotMade)?;
    let demo: ClientId = "demo".parse()?;
    let keyring = server.keyring(Actor::server("quickstart"));
    let issued = keyring
        .issue(server.key_prefix(), NewKey::for_client(demo.clone()))
        .await?;
    let link = server.first_visit(&demo, url).await;
    let welcome = Welcome {
        key: Some(&issued.api_key),
        sign_in_link: link.as_deref(),
    };
    let Err(error) = print(&welcome, url) else {
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

/// What is made at the first start.
#[derive(Default)]
struct Welcome<'a> {
    /// If there was none.
    key: Option<&'a ApiKey>,
    /// If there is a console, and no key of the database.
    sign_in_link: Option<&'a str>,
}

fn print(welcome: &Welcome<'_>, url: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", text(welcome, url))?;
    stdout.flush()
}

/// What to do next, for a person at the terminal.
fn text(welcome: &Welcome<'_>, url: &str) -> String {
    let (about, key) = match welcome.key.map(ApiKey::expose_secret) {
        Some(key) => (
            format!("A first key, for the client demo. It is shown this once:\n\n    {key}"),
            key,
        ),
        None => (
            "There are keys already, so none was issued.".to_owned(),
            "YOUR_KEY",
        ),
    };
    let console = match welcome.sign_in_link {
        Some(link) => format!(
            "Look at its logs in a browser. The link signs you in once, within a day:\n\n    {link}\n\n"
        ),
        None => String::new(),
    };
    format!(
        "{about}\n\n{console}Send a log:\n\n    \
         curl -X POST {url}/api/v1/logs -H 'X-API-Key: {key}' -H 'Content-Type: application/json' \
         -d \"{{\\\"environment\\\": \\\"production\\\", \\\"executed_at\\\": \\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\\", \
         \\\"status\\\": \\\"SUCCESS\\\"}}\"\n\n\
         Read it back:\n\n    curl {url}/api/v1/logs -H 'X-API-Key: {key}'\n"
    )
}
