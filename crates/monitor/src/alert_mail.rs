use crate::alert_text;
use central_logger_key_activity::{Alert, AlertKind};
use central_logger_key_store::{KeyAdmin, KeyStoreError, StoredKey};
use central_logger_mail::{Letter, MailAddress, MailError, Mailer, Template};
use std::{fmt, sync::Arc};
use time::{OffsetDateTime, UtcOffset};

/// Sends alerts by mail: all of them to the provider, if it has addresses for them, and to the address of a
/// client what it has to do itself.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::MemoryKeys;
/// use central_logger_mail::Mailer;
/// use central_logger_monitor::AlertMail;
/// use std::sync::Arc;
///
/// let mailer = Mailer::new("smtp://localhost".parse()?, "logs@example.com".parse()?, None)?;
/// let mail = AlertMail {
///     mailer,
///     provider: vec!["oncall@example.com".parse()?],
///     keys: Arc::new(MemoryKeys::new()),
///     server: "https://logs.example.com".to_owned(),
/// };
/// assert!(format!("{mail:?}").contains("oncall@example.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AlertMail {
    /// What sends mail.
    pub mailer: Mailer,
    /// Where all alerts go.
    pub provider: Vec<MailAddress>,
    /// The keys that alerts are about, and the addresses of clients.
    pub keys: Arc<dyn KeyAdmin>,
    /// Where people reach the server.
    pub server: String,
}

/// Who gets a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reader {
    /// The address of that number.
    Provider(usize),
    Client,
}

/// Why the letters of an alert are not on their way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    #[error("the key or the client of the alert cannot be read")]
    Store(#[from] KeyStoreError),
    #[error(transparent)]
    Mail(#[from] MailError),
}

impl AlertMail {
    /// The kinds that a client is told of.
    pub const OF_CLIENTS: [AlertKind; 3] = [
        AlertKind::Expiring,
        AlertKind::RotationDue,
        AlertKind::LeakedKey,
    ];

    /// The letters about an alert.
    pub(crate) async fn letters(
        &self,
        alert: &Alert,
    ) -> Result<Vec<(Reader, MailAddress, Letter)>, LetterError> {
        let mut letters = Vec::new();
        for (number, address) in self.provider.iter().enumerate() {
            let reader = Reader::Provider(number);
            letters.push((reader, address.clone(), self.to_provider(alert)?));
        }
        if Self::OF_CLIENTS.contains(&alert.kind)
            && let Some((address, letter)) = self.to_client(alert).await?
        {
            letters.push((Reader::Client, address, letter));
        }
        Ok(letters)
    }

    fn to_provider(&self, alert: &Alert) -> Result<Letter, MailError> {
        Template::ALERT.letter(&[
            ("kind", alert.kind.as_str()),
            ("subject", &alert_text::about(alert)),
            ("at", &minute(alert.first_at)),
            ("evidence", &alert.evidence),
            ("server", &self.server),
        ])
    }

    async fn to_client(&self, alert: &Alert) -> Result<Option<(MailAddress, Letter)>, LetterError> {
        let (Some(client), Some(key)) = (&alert.subject.client_id, &alert.subject.key_id) else {
            return Ok(None);
        };
        let mut book = self.keys.clients(Some(client)).await?;
        let Some(record) = book.records.remove(client) else {
            return Ok(None);
        };
        // Of an address that was set before they were checked.
        let Some(Ok(address)) = record.mail.map(|mail| mail.parse::<MailAddress>()) else {
            return Ok(None);
        };
        let found = self.keys.find(key).await?;
        let facts = Facts::of(found, alert.last_at);
        let name = record.name.as_deref().unwrap_or(client.as_str());
        let mut values = vec![
            ("client", name),
            ("key", key.as_str()),
            ("name", &facts.name),
            ("server", &self.server),
        ];
        let template = match alert.kind {
            AlertKind::Expiring => {
                values.push(("ends", &facts.ends));
                Template::KEY_EXPIRES
            }
            AlertKind::RotationDue => {
                values.push(("age", &facts.age));
                Template::ROTATION_DUE
            }
            _ => {
                values.push(("evidence", &alert.evidence));
                Template::KEY_LEAKED
            }
        };
        Ok(Some((address, template.letter(&values)?)))
    }
}

/// What a letter says of a key.
struct Facts {
    name: String,
    ends: String,
    age: String,
}

impl Facts {
    fn of(key: Option<StoredKey>, now: OffsetDateTime) -> Self {
        let record = key.map(|key| key.record);
        let record = record.as_ref();
        let name = record.and_then(|record| record.name.clone());
        let end = record.and_then(central_logger_key_store::KeyRecord::ends_at);
        let age = record.map(|record| (now - record.created_at).whole_days());
        Self {
            name: name.unwrap_or_else(|| "without a name".to_owned()),
            ends: end.map_or_else(|| "soon".to_owned(), minute),
            age: age.map_or_else(|| "too many days".to_owned(), |days| format!("{days} days")),
        }
    }
}

fn minute(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

impl fmt::Debug for AlertMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertMail")
            .field("mailer", &self.mailer)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
