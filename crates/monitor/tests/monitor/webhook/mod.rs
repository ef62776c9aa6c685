//! Webhooks on their way to receivers on this machine.

mod destination;
mod dispatcher;
mod receiver;
mod signing;
mod trouble;

use central_logger_monitor::{DeliveryError, EgressPolicy, Webhook};
use std::{fs, path::PathBuf};
use tempfile::TempDir;
use time::OffsetDateTime;

const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = r#"{"type":"alert","data":{"client":"acme"}}"#;

/// A file of secrets.
struct Secrets {
    path: PathBuf,
    _folder: TempDir,
}

impl Secrets {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhook.secrets");
        fs::write(&path, text).unwrap();
        Self {
            path,
            _folder: folder,
        }
    }

    fn write(&self, text: &str) {
        fs::write(&self.path, text).unwrap();
    }

    fn webhook(&self, url: &str, reach: EgressPolicy) -> Webhook {
        Webhook::new(url, &self.path, reach).unwrap()
    }
}

/// Sends [`BODY`] now.
async fn send(webhook: &Webhook) -> Result<(), DeliveryError> {
    let now = OffsetDateTime::now_utc();
    webhook.send("alert-1", now, BODY).await
}
