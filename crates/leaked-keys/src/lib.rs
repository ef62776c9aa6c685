#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

use central_logger_client_records::OnLeak;
use central_logger_key_activity::{AlertKind, AlertRaising, AlertSubject};
use central_logger_key_store::{KeyRecord, KeyStatus, KeyStore, Owners};
use central_logger_keys::{ApiKey, ClientId, KeyForm, KeyId};
use central_logger_operations::{OperationError, Operations, StaticEntries};
use central_logger_static_keys::StaticKeys;
use central_logger_text::{PlainText, shown};

/// A text that somebody took for a key, and where it was found.
#[derive(Debug)]
pub struct LeakReport {
    /// The text, if it can be a key at all.
    pub token: Option<ApiKey>,
    /// The address at which it was found.
    pub url: Option<String>,
    /// The kind of place, such as `commit`.
    pub source: Option<String>,
    /// Whether everybody can read it there. A key that a few can read is not taken away.
    pub is_public: bool,
}

impl LeakReport {
    /// The most characters that are repeated of a place.
    const PLACE: usize = 200;

    /// Returns whether judging it takes one slow hash: it is a key that has no id in it.
    pub fn is_opaque(&self) -> bool {
        let token = self.token.as_ref();
        token.is_some_and(|token| matches!(token.form(), KeyForm::Opaque))
    }

    /// Where it was found, without the key, which an address may repeat.
    fn place(&self) -> String {
        let secret = self.token.as_ref().map(ApiKey::expose_secret);
        let harmless = |text: &&String| secret.is_none_or(|secret| !text.contains(secret));
        let url = self.url.as_ref().filter(harmless);
        let source = self.source.as_ref().filter(harmless);
        let place = match (url, source) {
            (Some(url), Some(source)) => format!("{url} ({source})"),
            (Some(place), None) | (None, Some(place)) => place.clone(),
            (None, None) => "a place that was not told".to_owned(),
        };
        shown(&place).chars().take(Self::PLACE).collect()
    }
}

/// Deals with reports, in the name of who asks for these operations.
#[derive(Debug)]
pub struct LeakHandler<'a> {
    /// The operations of the provider.
    pub operations: Operations,
    /// The keys that no operation changes.
    pub static_entries: &'a StaticEntries,
    /// What becomes of alerts.
    pub alerts: AlertRaising,
}

impl LeakHandler<'_> {
    /// Does what the provider has set for leaked keys, if the report is of a key that is stored, and raises an
    /// alert. Returns whether it is. What takes the key away is done when no server accepts it any more. Of a
    /// static key there is an alert alone.
    ///
    /// A generated key whose checksum does not fit never reaches the store.
    ///
    /// # Errors
    /// When a store fails; then the report can be repeated.
    pub async fn handle(&self, report: &LeakReport) -> Result<bool, OperationError> {
        self.operations.check_provider_writes()?;
        let Some(token) = &report.token else {
            return Ok(false);
        };
        let stored = match token.form() {
            KeyForm::Mistyped => None,
            _ => {
                let keyring = self.operations.keyring();
                keyring.recognise_text(token.expose_secret()).await?
            }
        };
        if let Some(record) = stored {
            let done = self.end_leaked(&record, report).await?;
            let subject = AlertSubject {
                client_id: record.client().cloned(),
                key_id: Some(record.id.clone()),
                network: None,
            };
            let evidence = format!("found at {}: {done}", report.place());
            self.raise(subject, evidence).await;
            return Ok(true);
        }
        let Some((client, id)) = self.static_key(token).await else {
            return Ok(false);
        };
        let subject = AlertSubject {
            client_id: Some(client),
            key_id: Some(id),
            network: None,
        };
        let evidence = format!(
            "a static key was found at {}: take it out of API_KEYS ({})",
            report.place(),
            self.static_entries.place()
        );
        self.raise(subject, evidence).await;
        Ok(true)
    }

    /// Takes the key away as far as its client's policy says so, and tells what was done.
    async fn end_leaked(
        &self,
        record: &KeyRecord,
        report: &LeakReport,
    ) -> Result<&'static str, OperationError> {
        let on_leak = match (report.is_public, record.client()) {
            (false, _) => return Ok("it is not public there, and the key stays valid"),
            (true, Some(client)) => {
                let book = self.operations.keyring().client_book(client).await?;
                book.policy(client).on_leak
            }
            (true, None) => OnLeak::Revoke,
        };
        match (on_leak, record.status(self.operations.now())) {
            (_, KeyStatus::Revoked) => Ok("the key was revoked before"),
            (_, KeyStatus::Expired) => Ok("the key had expired before"),
            (OnLeak::Alert, _) => Ok("the key stays valid, as is set for this client"),
            (OnLeak::Disable, KeyStatus::Disabled) => Ok("the key was disabled before"),
            (OnLeak::Disable, _) => {
                let disabled = self.operations.disable(&record.id).await?;
                disabled.everywhere().await?;
                Ok("the key is disabled")
            }
            (OnLeak::Revoke, _) => {
                let reason: Option<PlainText> = "leaked".parse().ok();
                let revoked = self.operations.revoke(&record.id, reason.as_ref()).await?;
                revoked.everywhere().await?;
                Ok("the key is revoked")
            }
        }
    }

    async fn raise(&self, subject: AlertSubject, evidence: String) {
        let (store, now) = (&self.operations.stores().activity, self.operations.now());
        self.alerts
            .raise(&**store, AlertKind::LeakedKey, subject, now, evidence)
            .await;
    }

    /// The client and the id of a key in `API_KEYS`.
    async fn static_key(&self, token: &ApiKey) -> Option<(ClientId, KeyId)> {
        let keys = self.static_entries.keys()?;
        let mut of_all = keys.iter();
        let (_, client) = of_all.find(|(key, _)| key.expose_secret() == token.expose_secret())?;
        let of_client = keys.iter().filter(|(_, owner)| *owner == client);
        let mut of_client = of_client.map(|(key, _)| key.expose_secret());
        let place = of_client.position(|key| key == token.expose_secret())?;
        let listed = StaticKeys::new(keys, self.operations.now());
        let listed = listed.list(Owners::Client(client)).await.ok()?;
        let id = listed.records.into_iter().nth(place)?.id;
        Some((client.clone(), id))
    }
}
