use super::{audit::name_or_dash, minute, minute_or};
use crate::table::table;
use central_logger_key_store::{KeyMaker, quota::QuotaDimension};
use central_logger_keys::ClientId;
use central_logger_operations::keys::{KeyView, UnreadableView};
use central_logger_text::shown;
use std::fmt::Display;

/// Keys, one in each row.
pub(crate) fn key_table(keys: &[KeyView]) -> String {
    let header = [
        "KEY ID",
        "CLIENT",
        "STATUS",
        "ENV",
        "SCOPES",
        "CREATED",
        "LAST USED",
        "EXPIRES",
    ];
    let row = |key: &KeyView| {
        [
            key.key_id.to_string(),
            name_or_dash(key.client_id.as_ref()),
            status(key),
            key.environment.to_string(),
            key.scopes.to_string(),
            minute(key.created_at),
            last_use(key),
            end(key),
        ]
    };
    table(header, keys.iter().map(row))
}

/// A key in one line, beside the one that it replaces or that replaces it.
pub(crate) fn relative_line(key: &KeyView) -> String {
    let (id, status, last_use) = (&key.key_id, key.status, last_use(key));
    shown(&format!("{id} ({status}, last used {last_use})")).into_owned()
}

/// A key whose row cannot be read, in one line.
pub(crate) fn unreadable_line(key: &UnreadableView) -> String {
    let id = &key.key_id;
    let client = key.client_id.as_ref();
    let client = client.map_or("an unknown client", ClientId::as_str);
    let advice = match key.is_revoked {
        true => "It is revoked.".to_owned(),
        false => format!("Revoke it: revoke {id}"),
    };
    format!("{id} of {client} cannot be read: {}. {advice}", key.reason)
}

/// All members of a key that are set, one in each line.
pub(crate) fn key_lines(key: &KeyView) -> String {
    let only_from = (!key.allow_ip.is_empty()).then(|| key.allow_ip.to_string());
    let limit = |dimension, what| limit(key.quota.limit(dimension), what);
    let strength = key.is_weak.then(|| "weak: rotate it soon".to_owned());
    let lines = [
        ("Key id", Some(key.key_id.to_string())),
        ("Client", Some(owner(key).to_owned())),
        ("Name", key.name.clone()),
        ("Status", Some(status(key))),
        ("Going to", key.pending_target.clone()),
        ("Environment", Some(key.environment.to_string())),
        ("Scopes", Some(key.scopes.to_string())),
        ("Only from", only_from),
        ("Rate", key.rate.map(|rate| rate.to_string())),
        ("Per day", limit(QuotaDimension::RequestsPerDay, "requests")),
        (
            "Per month",
            limit(QuotaDimension::RequestsPerMonth, "requests"),
        ),
        (
            "Entries/day",
            limit(QuotaDimension::EntriesPerDay, "entries"),
        ),
        ("Bytes/day", limit(QuotaDimension::BytesPerDay, "bytes")),
        ("Strength", strength),
        ("Created", Some(minute(key.created_at))),
        ("Last used", Some(last_use(key))),
        ("Expires", Some(end(key))),
        ("Grace ends", key.grace_ends_at.map(minute)),
        ("Revoked", revocation(key)),
        ("Note", key.note.clone()),
        (
            "Made by",
            (key.made_by != KeyMaker::Provider).then(|| key.made_by.to_string()),
        ),
    ];
    let written = lines
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name:<12} {}", shown(&value?))));
    written.collect::<Vec<_>>().join("\n")
}

fn status(key: &KeyView) -> String {
    match key.pending {
        true => format!("{}, pending", key.status),
        false => key.status.to_string(),
    }
}

/// The client, or the provider itself.
fn owner(key: &KeyView) -> &str {
    let client = key.client_id.as_ref();
    client.map_or("none: a key of the provider", ClientId::as_str)
}

pub(super) fn last_use(key: &KeyView) -> String {
    let time = minute_or(key.last_used_at, "never");
    match &key.last_used_from {
        Some(network) => format!("{time} from {network}"),
        None => time,
    }
}

/// When the key ends, and whether that is because it was rotated.
pub(super) fn end(key: &KeyView) -> String {
    match (key.expires_at, key.grace_ends_at) {
        (Some(expiry), Some(grace)) if expiry <= grace => minute(expiry),
        (_, Some(grace)) => format!("{}, rotated", minute(grace)),
        (expiry, None) => minute_or(expiry, "never"),
    }
}

fn revocation(key: &KeyView) -> Option<String> {
    let at = minute(key.revoked_at?);
    Some(match &key.revoked_reason {
        Some(reason) => format!("{at}, {reason}"),
        None => at,
    })
}

fn limit(limit: Option<impl Display>, what: &str) -> Option<String> {
    limit.map(|limit| format!("{limit} {what} of all keys of the client"))
}
