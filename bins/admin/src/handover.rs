//! The message with which a key is handed over to its client.

use crate::{args::MessageArgs, error::AdminError, output::Output, text::minute};
use central_logger_command_line::OutputTarget;
use central_logger_keys::KeyId;
use central_logger_operations::Change;
use central_logger_settings::{Listening, Settings};
use serde::Serialize;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};
use time::OffsetDateTime;

/// What the message is about.
pub(crate) struct Handover<'a> {
    pub(crate) api_key: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) expires_at: Option<OffsetDateTime>,
    pub(crate) replaces: Option<Replaced<'a>>,
}

/// The key that the client has now.
pub(crate) struct Replaced<'a> {
    pub(crate) id: &'a KeyId,
    /// `None` if it is no longer valid.
    pub(crate) works_until: Option<OffsetDateTime>,
}

/// The destination of the message. It is prepared before there is a key, so that a problem with it
/// costs no key.
pub(crate) struct Delivery {
    url: String,
    file: Option<(PathBuf, File)>,
}

impl Handover<'_> {
    /// Returns the message, for a server at the base URL `url`.
    pub(crate) fn text(&self, url: &str) -> String {
        let (api_key, client_id) = (self.api_key, self.client_id);
        let greeting = match &self.replaces {
            None => "Your logger API credentials are ready:".to_owned(),
            Some(old) => old.greeting(),
        };
        let expiry = match self.expires_at {
            Some(end) => format!("Expires:   {}\n", minute(end)),
            None => String::new(),
        };
        format!(
            "{greeting}\n\n\
             Endpoint:  {url}/api/v1/logs\n\
             API key:   {api_key}\n\
             Client id: {client_id}\n\
             {expiry}\n\
             Put them into your .env file:\n\n    \
                 LOGGER_API_URL={url}/api/v1/logs\n    \
                 LOGGER_API_KEY={api_key}\n\n\
             send the key with every request:\n\n    \
                 X-API-Key: {api_key}\n\n\
             and try it; this answers with your client id:\n\n    \
                 curl {url}/api/v1/whoami -H 'X-API-Key: {api_key}'\n\n\
             Keep it secret, and never commit it to version control."
        )
    }
}

impl Replaced<'_> {
    fn greeting(&self) -> String {
        let id = self.id;
        match self.works_until {
            Some(end) => format!(
                "Here is your new API key. Your current key, with the id {id}, is valid until {}; \
                 replace it by the new one before that:",
                minute(end)
            ),
            None => format!(
                "Here is your new API key. Your previous key, with the id {id}, is no longer valid:"
            ),
        }
    }
}

/// What to do instead of sending a key.
pub(crate) fn link_hint(client_id: &str) -> String {
    format!(
        "To send a link instead, which makes the key when the client asks for it: \
         issue --client {client_id} --reveal-link"
    )
}

/// Returns the base URL of the server.
pub(crate) fn base_url(settings: &Settings) -> Result<String, AdminError> {
    if let Some(url) = &settings.public_url {
        return Ok(url.to_string());
    }
    let listening = Listening::read(&settings.environment)?;
    Ok(listening.url_at(listening.bind))
}

impl Delivery {
    /// Creates the file that was asked for, readable for its owner only; an existing one is an error.
    /// Without a file, standard output needs a reader if `is_new`: an external key is known already.
    pub(crate) fn prepare(
        settings: &Settings,
        args: &MessageArgs,
        is_new: bool,
    ) -> Result<Self, AdminError> {
        let url = base_url(settings)?;
        let Some(path) = args.message_file.clone() else {
            if is_new {
                let target = OutputTarget::stdout();
                target.need_reader().map_err(AdminError::NoReader)?;
            }
            return Ok(Self { url, file: None });
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => Ok(Self {
                url,
                file: Some((path, file)),
            }),
            Err(error) => Err(AdminError::MessageFile(path, error)),
        }
    }

    /// Removes the file, since there is no key to write to it.
    pub(crate) fn discard(self, output: Output) {
        if let Some((path, _)) = self.file
            && let Err(error) = std::fs::remove_file(&path)
        {
            let left = format!(
                "{} could not be removed, and is empty: {error}",
                path.display()
            );
            output.remark(&left);
        }
    }

    /// Shows the key `id`, this once, within the message for its client: on the terminal, or in the
    /// file.
    pub(crate) fn hand_over(
        self,
        output: Output,
        change: &Change<impl Serialize>,
        headline: &str,
        handover: &Handover<'_>,
        id: &KeyId,
    ) -> Result<(), AdminError> {
        let text = handover.text(&self.url);
        let not_shown = |source| AdminError::NotShown {
            id: id.clone(),
            source: Box::new(source),
        };
        let Some((path, file)) = self.file else {
            let hint = match handover.replaces {
                None => format!("\n\n{}", link_hint(handover.client_id)),
                Some(_) => String::new(),
            };
            let shown = output.secret_change(change.audit, change, || {
                format!("{headline} The key is shown only once. For the client:\n\n{text}{hint}")
            });
            return shown.map_err(not_shown);
        };
        write(file, &path, &text).map_err(not_shown)?;
        let told = output.change(change.audit, change, || {
            format!(
                "{headline} The message for the client is in {}.",
                path.display()
            )
        });
        told.map_err(|source| AdminError::OnlyInFile {
            id: id.clone(),
            path,
            source: Box::new(source),
        })
    }
}

fn write(mut file: File, path: &Path, text: &str) -> Result<(), AdminError> {
    let written = writeln!(file, "{text}").and_then(|()| file.sync_all());
    written.map_err(|error| AdminError::MessageFile(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_text;
    use time::{Duration, macros::datetime};

    #[test]
    fn messages_for_clients() {
        let now = datetime!(2026-03-01 12:00 UTC);
        let id = "4fzyo82mvyi1".parse().unwrap();
        let message = |expires_at, replaces| {
            let handover = Handover {
                api_key: "cl_live_7fT9aXk20bQz_SECRET",
                client_id: "acme_corp",
                expires_at,
                replaces,
            };
            handover.text("https://logs.example.com")
        };
        let replaces = |works_until| {
            Some(Replaced {
                id: &id,
                works_until,
            })
        };
        let end = Some(now + Duration::days(90));
        assert_text("message-new", &message(end, None));
        let rotated = message(None, replaces(Some(now + Duration::DAY)));
        assert_text("message-rotated", &rotated);
        let revoked = message(None, replaces(None));
        assert_text("message-rotated-at-once", &revoked);
    }
}
