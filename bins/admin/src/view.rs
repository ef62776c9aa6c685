use central_logger_key_store::{
    KeyRecord, KeyStatus, RateLimit,
    quota::{Quota, QuotaDimension},
    record::UnreadableKey,
};
use central_logger_keys::{ClientId, KeyEnvironment, KeyId, Networks, Scopes};
use central_logger_text::shown;
use central_logger_times::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt::Display;
use time::{OffsetDateTime, macros::format_description};

/// A key as the commands show it, without anything secret.
#[derive(Debug, Serialize)]
pub(crate) struct KeyView<'a> {
    key_id: &'a KeyId,
    client_id: &'a ClientId,
    client_name: Option<&'a str>,
    status: KeyStatus,
    scopes: &'a Scopes,
    environment: KeyEnvironment,
    allow_ip: &'a Networks,
    rate: Option<RateLimit>,
    #[serde(flatten)]
    quota: Quota,
    is_active: bool,
    is_weak: bool,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    last_used_at: Option<OffsetDateTime>,
    last_used_from: Option<&'a str>,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    grace_ends_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    revoked_at: Option<OffsetDateTime>,
    revoked_reason: Option<&'a str>,
    note: Option<&'a str>,
    replaces: Option<&'a KeyId>,
}

impl<'a> KeyView<'a> {
    pub(crate) fn of(record: &'a KeyRecord, now: OffsetDateTime) -> Self {
        Self {
            key_id: &record.id,
            client_id: &record.client_id,
            client_name: record.client_name.as_deref(),
            status: record.status(now),
            scopes: &record.scopes,
            environment: record.environment,
            allow_ip: &record.allowed_from,
            rate: record.rate_limit,
            quota: record.quota,
            is_active: record.is_active,
            is_weak: record.is_weak,
            created_at: record.created_at,
            last_used_at: record.last_used_at,
            last_used_from: record.last_used_from.as_deref(),
            expires_at: record.expires_at,
            grace_ends_at: record.grace_ends_at,
            revoked_at: record.revoked_at,
            revoked_reason: record.revoked_reason.as_deref(),
            note: record.note.as_deref(),
            replaces: record.predecessor.as_ref(),
        }
    }

    pub(crate) const COLUMNS: [&'static str; 8] = [
        "KEY ID",
        "CLIENT",
        "STATUS",
        "ENV",
        "SCOPES",
        "CREATED",
        "LAST USED",
        "EXPIRES",
    ];

    pub(crate) fn row(&self) -> [String; 8] {
        [
            self.key_id.to_string(),
            self.client_id.to_string(),
            self.status.to_string(),
            self.environment.to_string(),
            self.scopes.to_string(),
            minute(Some(self.created_at), ""),
            self.last_use(),
            self.end(),
        ]
    }

    /// In one line, beside the key that it replaces or that replaces it.
    pub(crate) fn as_relative(&self) -> String {
        let (id, status, last_use) = (self.key_id, self.status, self.last_use());
        shown(&format!("{id} ({status}, last used {last_use})")).into_owned()
    }

    fn last_use(&self) -> String {
        let time = minute(self.last_used_at, "never");
        match self.last_used_from {
            Some(network) => format!("{time} from {network}"),
            None => time,
        }
    }

    /// When it ends, and whether it does so because it was rotated.
    fn end(&self) -> String {
        match (self.expires_at, self.grace_ends_at) {
            (Some(expiry), Some(grace)) if expiry <= grace => minute(Some(expiry), ""),
            (_, Some(grace)) => format!("{}, rotated", minute(Some(grace), "")),
            (expiry, None) => minute(expiry, "never"),
        }
    }

    pub(crate) fn lines(&self) -> String {
        let revoked = self.revoked_at.map(|at| {
            let reason = self.revoked_reason.map(|reason| format!(", {reason}"));
            format!("{}{}", minute(Some(at), ""), reason.unwrap_or_default())
        });
        let only_from = (!self.allow_ip.is_empty()).then(|| self.allow_ip.to_string());
        let lines = [
            ("Key id", Some(self.key_id.to_string())),
            ("Client", Some(self.client_id.to_string())),
            ("Name", self.client_name.map(str::to_owned)),
            ("Status", Some(self.status.to_string())),
            ("Environment", Some(self.environment.to_string())),
            ("Scopes", Some(self.scopes.to_string())),
            ("Only from", only_from),
            ("Rate", self.rate.map(|rate| rate.to_string())),
            (
                "Per day",
                most(self.quota.limit(QuotaDimension::RequestsPerDay), "requests"),
            ),
            (
                "Per month",
                most(
                    self.quota.limit(QuotaDimension::RequestsPerMonth),
                    "requests",
                ),
            ),
            (
                "Entries a day",
                most(self.quota.limit(QuotaDimension::EntriesPerDay), "entries"),
            ),
            (
                "Bytes a day",
                most(self.quota.limit(QuotaDimension::BytesPerDay), "bytes"),
            ),
            (
                "Strength",
                self.is_weak.then(|| "weak: rotate it soon".to_owned()),
            ),
            ("Created", Some(minute(Some(self.created_at), ""))),
            ("Last used", Some(self.last_use())),
            ("Expires", Some(self.end())),
            (
                "Grace ends",
                self.grace_ends_at.map(|end| minute(Some(end), "")),
            ),
            ("Revoked", revoked),
            ("Note", self.note.map(str::to_owned)),
        ];
        let written = lines
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name:<12} {}", shown(&value?))));
        written.collect::<Vec<_>>().join("\n")
    }
}

/// A key that cannot be read.
pub(crate) struct UnreadableView<'a>(pub(crate) &'a UnreadableKey);

impl UnreadableView<'_> {
    pub(crate) fn as_line(&self) -> String {
        let UnreadableKey {
            id,
            client_id,
            reason,
            ..
        } = self.0;
        let client = client_id
            .as_ref()
            .map_or("an unknown client", ClientId::as_str);
        let withdrawn = match self.0.is_revoked {
            true => "It is revoked.".to_owned(),
            false => format!("Withdraw it: revoke {id}"),
        };
        format!("{id} of {client} cannot be read: {reason}. {withdrawn}")
    }
}

impl Serialize for UnreadableView<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut key = to.serialize_struct("UnreadableKey", 4)?;
        key.serialize_field("key_id", &self.0.id)?;
        key.serialize_field("client_id", &self.0.client_id)?;
        key.serialize_field("is_revoked", &self.0.is_revoked)?;
        key.serialize_field("reason", &self.0.reason)?;
        key.end()
    }
}

fn most(limit: Option<impl Display>, what: &str) -> Option<String> {
    limit.map(|limit| format!("{limit} {what} of all keys of the client"))
}

pub(crate) fn minute(time: Option<OffsetDateTime>, absent: &str) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    let in_utc = |time: OffsetDateTime| Timestamp::clamped(time).get();
    let written = time.map(|time| in_utc(time).format(format).unwrap_or_default());
    written.unwrap_or_else(|| absent.to_owned())
}
