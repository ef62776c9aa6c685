use crate::{KeyRecord, Networks, Quota, RateLimit, Scopes};
use central_logger_keys::{ClientId, KeyEnvironment, KeyHasher, KeyId, Seal};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// Who changes keys: for the audit trail, in at most 128 characters.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::Actor;
///
/// assert_eq!(Actor::new("alice@ops\n").as_str(), "alice@ops");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor(String);

/// What was done to a key.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::AuditAction;
///
/// assert_eq!("revoke".parse(), Ok(AuditAction::Revoke));
/// assert_eq!(AuditAction::Issue.as_str(), "issue");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditAction {
    /// Made and stored.
    Issue,
    /// Stored, made elsewhere.
    Import,
    /// Replaced by a successor; both work until the grace ends.
    Rotate,
    /// Its grace was prolonged.
    Extend,
    /// Switched off.
    Disable,
    /// Switched on again.
    Enable,
    /// Withdrawn for good.
    Revoke,
    /// Its client's quota was changed.
    Quota,
    /// Logs are kept for another time.
    Retention,
    /// All logs of a client are removed.
    Forget,
}

/// A text that names no action.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditAction, InvalidAuditAction};
///
/// assert_eq!("delete".parse::<AuditAction>(), Err(InvalidAuditAction));
/// assert!(InvalidAuditAction.to_string().starts_with("an action is issue, import, rotate"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an action is issue, import, rotate, extend, disable, enable, revoke, quota, \
     retention or forget"
)]
pub struct InvalidAuditAction;

/// One entry of the audit trail. Each is sealed together with the seal of the one before, so none
/// can be altered, left out or moved unnoticed.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditAction, KeySelection};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_key_store::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let one = KeySelection::Id(issued.record.id);
/// keyring.revoke(&one, Some("leaked")).await?.at_commit();
/// let mut trail = Vec::new();
/// keyring.audit(|entry| trail.push(entry)).await?;
/// let told: Vec<_> = trail.iter().map(|entry| (entry.sequence, entry.action)).collect();
/// assert_eq!(told, [(1, AuditAction::Issue), (2, AuditAction::Revoke)]);
/// assert!(trail[1].after.contains(r#""revoked_reason":"leaked""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its place, counted from 1 without gaps.
    pub sequence: u64,
    /// When, in whole milliseconds.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who.
    pub actor: String,
    /// What.
    pub action: AuditAction,
    /// To which key, if it was one.
    pub key_id: Option<KeyId>,
    /// Whose key or logs, unless those of all.
    pub client_id: Option<ClientId>,
    /// What was before, as JSON; nothing for what is new.
    #[serde(serialize_with = "option_as_json")]
    pub before: Option<String>,
    /// What is after it, as JSON.
    #[serde(serialize_with = "as_json")]
    pub after: String,
    /// Over all of this and the seal before.
    #[serde(serialize_with = "as_text")]
    pub seal: Seal,
}

/// The end of the audit trail. Every change of keys moves it, so it also tells one state of the keys
/// from another.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyAdmin};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_key_store::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// assert_eq!(store.head().await?, Head::default());
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// // … and after a key was issued:
/// assert_eq!(store.head().await?.sequence, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub sequence: u64,
    /// The seal of the last one.
    pub seal: Option<Seal>,
}

impl Actor {
    /// The longest name, in characters.
    const MAX_LENGTH: usize = 128;

    /// An actor of this name, such as `operator@host`; what cannot be printed is left out.
    pub fn new(name: &str) -> Self {
        let printable = name.chars().filter(|character| !character.is_control());
        Self(printable.take(Self::MAX_LENGTH).collect())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an entry says.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) action: AuditAction,
    pub(crate) key_id: Option<KeyId>,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) before: Option<String>,
    pub(crate) after: String,
}

impl Note {
    pub(crate) fn of_key(
        action: AuditAction,
        before: Option<&KeyRecord>,
        after: &KeyRecord,
    ) -> Self {
        Self {
            action,
            key_id: Some(after.id.clone()),
            client_id: Some(after.client_id.clone()),
            before: before.map(json),
            after: json(after),
        }
    }
}

impl AuditEntry {
    /// The entry after `head`, sealed.
    pub(crate) fn next(
        head: &Head,
        hasher: &KeyHasher,
        at: OffsetDateTime,
        actor: &Actor,
        note: Note,
    ) -> Self {
        let mut entry = Self {
            sequence: head.sequence + 1,
            at,
            actor: actor.as_str().to_owned(),
            action: note.action,
            key_id: note.key_id,
            client_id: note.client_id,
            before: note.before,
            after: note.after,
            seal: hasher.seal(b""),
        };
        entry.seal = hasher.seal(&entry.sealed_text(head.seal.as_ref()));
        entry
    }

    /// The end of a trail whose last entry this is.
    pub fn head(&self) -> Head {
        Head {
            sequence: self.sequence,
            seal: Some(self.seal),
        }
    }

    pub(crate) fn sealed_text(&self, before: Option<&Seal>) -> Vec<u8> {
        let milliseconds = self.at.unix_timestamp_nanos() / 1_000_000;
        let text = serde_json::json!([
            before.map(Seal::to_string),
            self.sequence,
            i64::try_from(milliseconds).unwrap_or(i64::MAX),
            self.actor,
            self.action,
            self.key_id,
            self.client_id,
            self.before,
            self.after,
        ]);
        text.to_string().into_bytes()
    }
}

/// The state of a record as JSON, without what its use alone changes.
fn json(record: &KeyRecord) -> String {
    #[derive(Serialize)]
    struct State<'a> {
        client_name: &'a Option<String>,
        scopes: &'a Scopes,
        environment: KeyEnvironment,
        allowed_from: &'a Networks,
        rate_limit: Option<RateLimit>,
        #[serde(flatten)]
        quota: Quota,
        is_active: bool,
        is_weak: bool,
        #[serde(with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
        #[serde(with = "time::serde::rfc3339::option")]
        grace_ends_at: Option<OffsetDateTime>,
        #[serde(with = "time::serde::rfc3339::option")]
        revoked_at: Option<OffsetDateTime>,
        revoked_reason: &'a Option<String>,
        note: &'a Option<String>,
        predecessor: &'a Option<KeyId>,
    }
    let state = State {
        client_name: &record.client_name,
        scopes: &record.scopes,
        environment: record.environment,
        allowed_from: &record.allowed_from,
        rate_limit: record.rate_limit,
        quota: record.quota,
        is_active: record.is_active,
        is_weak: record.is_weak,
        expires_at: record.expires_at,
        grace_ends_at: record.grace_ends_at,
        revoked_at: record.revoked_at,
        revoked_reason: &record.revoked_reason,
        note: &record.note,
        predecessor: &record.predecessor,
    };
    serde_json::json!(state).to_string()
}

impl AuditAction {
    const ALL: [Self; 10] = [
        Self::Issue,
        Self::Import,
        Self::Rotate,
        Self::Extend,
        Self::Disable,
        Self::Enable,
        Self::Revoke,
        Self::Quota,
        Self::Retention,
        Self::Forget,
    ];

    /// The action as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Import => "import",
            Self::Rotate => "rotate",
            Self::Extend => "extend",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Revoke => "revoke",
            Self::Quota => "quota",
            Self::Retention => "retention",
            Self::Forget => "forget",
        }
    }
}

impl FromStr for AuditAction {
    type Err = InvalidAuditAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == text);
        found.ok_or(InvalidAuditAction)
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What cannot be read as JSON any more, because somebody altered it, is shown as text.
fn as_json<S: Serializer>(state: &str, to: S) -> Result<S::Ok, S::Error> {
    match serde_json::from_str::<&RawValue>(state) {
        Ok(json) => json.serialize(to),
        Err(_) => state.serialize(to),
    }
}

fn option_as_json<S: Serializer>(state: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    match state {
        Some(state) => as_json(state, to),
        None => to.serialize_none(),
    }
}

fn as_text<S: Serializer>(seal: &Seal, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(seal)
}
