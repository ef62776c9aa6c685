use crate::{MappingError, MappingId, MappingSecret};
use central_logger_intake::Rules;
use central_logger_workflows::Document;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// Rules of a client under a name, and a hook to which a workflow engine sends what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Its name.
    pub name: MappingName,
    /// What stands in the address of its hook.
    pub id: MappingId,
    /// Which foreign fields become ours.
    pub rules: Rules,
    /// What senders sign with that can send no key.
    pub secret: MappingSecret,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When its rules were set.
    pub changed_at: OffsetDateTime,
}

/// The name of a mapping: 1 to 64 characters of `[a-z0-9][a-z0-9_-]*`.
///
/// # Examples
///
/// ```
/// use central_logger_intake_mappings::MappingName;
///
/// let name: MappingName = "github".parse()?;
/// assert!(!name.is_default());
/// assert!("GitHub".parse::<MappingName>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MappingName(String);

/// A text that is not the name of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a mapping has 1 to 64 characters, a-z, 0-9, '_' and '-', and begins with a letter or digit"
)]
pub struct InvalidMappingName;

/// A mapping as it is shown: its secret only when it was made.
#[derive(Debug, Clone, Serialize)]
pub struct MappingView {
    /// Its name.
    pub name: MappingName,
    /// Its id.
    pub id: String,
    /// The path of its hook.
    pub path: String,
    /// Its rules.
    pub rules: Rules,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its rules were set.
    #[serde(with = "time::serde::rfc3339")]
    pub changed_at: OffsetDateTime,
    /// The secret, once.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "expose")]
    pub secret: Option<MappingSecret>,
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: MappingId,
    rules: serde_json::Value,
    secret: MappingSecret,
    #[serde(with = "time::serde::timestamp::milliseconds")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::timestamp::milliseconds")]
    changed_at: OffsetDateTime,
}

impl Mapping {
    pub(crate) fn read(document: &Document) -> Result<Self, MappingError> {
        use serde::de::Error;
        let unreadable = |source| MappingError::Unreadable {
            name: document.key.clone(),
            source,
        };
        let kept: Kept = serde_json::from_str(&document.body).map_err(unreadable)?;
        let rules = Rules::from_json(&kept.rules);
        let name = document.key.parse();
        Ok(Self {
            name: name.map_err(|error| unreadable(serde_json::Error::custom(error)))?,
            id: kept.id,
            rules: rules.map_err(|error| unreadable(serde_json::Error::custom(error)))?,
            secret: kept.secret,
            created_at: kept.created_at,
            changed_at: kept.changed_at,
        })
    }

    pub(crate) fn text(&self) -> Result<String, MappingError> {
        let rules = serde_json::to_value(&self.rules).map_err(MappingError::Unwritable)?;
        let kept = Kept {
            id: self.id.clone(),
            rules,
            secret: self.secret.clone(),
            created_at: self.created_at,
            changed_at: self.changed_at,
        };
        serde_json::to_string(&kept).map_err(MappingError::Unwritable)
    }

    /// Returns it as it is shown.
    pub fn view(&self) -> MappingView {
        MappingView {
            name: self.name.clone(),
            id: self.id.to_string(),
            path: format!("/hooks/{}", self.id),
            rules: self.rules.clone(),
            created_at: self.created_at,
            changed_at: self.changed_at,
            secret: None,
        }
    }
}

impl MappingName {
    /// The longest name, in characters.
    const MAX_LENGTH: usize = 64;
    const DEFAULT: &str = "default";

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the rules hold for all foreign protocols.
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }
}

impl Default for MappingName {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl FromStr for MappingName {
    type Err = InvalidMappingName;

    fn from_str(text: &str) -> Result<Self, InvalidMappingName> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let alphabet = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        match starts_well && text.len() <= Self::MAX_LENGTH && text.bytes().all(alphabet) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidMappingName),
        }
    }
}

impl fmt::Display for MappingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn expose<S: serde::Serializer>(secret: &Option<MappingSecret>, to: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => to.serialize_str(secret.expose_secret()),
        None => to.serialize_none(),
    }
}
