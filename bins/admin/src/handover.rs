//! The text with which a key goes to its client.

use crate::{args::MessageArgs, error::AdminError, view::minute};
use central_logger_backend::{ListenFlags, Listening, Settings};
use central_logger_keys::KeyId;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
};
use time::OffsetDateTime;

/// What the text is about.
pub(crate) struct Handover<'a> {
    pub(crate) api_key: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) expires_at: Option<OffsetDateTime>,
    pub(crate) replaces: Option<Replaced<'a>>,
}

/// The key that the client has now.
pub(crate) struct Replaced<'a> {
    pub(crate) id: &'a KeyId,
    /// Nothing when it works no more.
    pub(crate) works_until: Option<OffsetDateTime>,
}

/// A file that is made for the text before there is a key, so that nothing is half done.
pub(crate) struct MessageFile {
    path: PathBuf,
    file: File,
}

impl Handover<'_> {
    pub(crate) fn text(&self, settings: &Settings) -> Result<String, AdminError> {
        let url = base_url(settings)?;
        let (api_key, client_id) = (self.api_key, self.client_id);
        let greeting = match &self.replaces {
            None => "Your logger API credentials are ready:".to_owned(),
            Some(old) => old.greeting(),
        };
        let expiry = match self.expires_at {
            Some(end) => format!("Expires:   {}\n", minute(Some(end), "")),
            None => String::new(),
        };
        Ok(format!(
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
        ))
    }
}

impl Replaced<'_> {
    fn greeting(&self) -> String {
        let id = self.id;
        match self.works_until {
            Some(end) => format!(
                "Here is your new API key. The one you have now, with the id {id}, works until {}; put \
                 the new one in its place before that:",
                minute(Some(end), "")
            ),
            None => format!(
                "Here is your new API key. The one you had, with the id {id}, works no more:"
            ),
        }
    }
}

fn base_url(settings: &Settings) -> Result<String, AdminError> {
    if let Some(url) = &settings.public_url {
        return Ok(url.clone());
    }
    let listening = Listening::read(&settings.environment, &ListenFlags::default())?;
    Ok(listening.url_at(listening.bind))
}

impl MessageFile {
    /// Makes the file that was asked for, readable for its owner only. One that exists is left
    /// alone.
    pub(crate) fn create(args: &MessageArgs) -> Result<Option<Self>, AdminError> {
        let Some(path) = args.message_file.clone() else {
            return Ok(None);
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => Ok(Some(Self { path, file })),
            Err(error) => Err(AdminError::MessageFile(path, error)),
        }
    }

    pub(crate) fn write(mut self, text: &str) -> Result<PathBuf, AdminError> {
        let written = writeln!(self.file, "{text}").and_then(|()| self.file.sync_all());
        match written {
            Ok(()) => Ok(self.path),
            Err(error) => Err(AdminError::MessageFile(self.path, error)),
        }
    }

    /// Takes the file away again, since there is no key to put into it.
    pub(crate) fn discard(unused: Option<Self>) {
        if let Some(Self { path, .. }) = unused
            && let Err(error) = std::fs::remove_file(&path)
        {
            eprintln!("{} is left behind, empty: {error}", path.display());
        }
    }
}
