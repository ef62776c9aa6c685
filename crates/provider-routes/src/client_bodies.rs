//! What is to be set for a client.

use central_logger_delivery::{TargetName, ValueTemplate};
use central_logger_http_api::{Members, Problem, text};
use central_logger_key_store::{
    Patch,
    quota::{QuotaDimension, QuotaUpdate},
};
use central_logger_keys::{ClientId, Scope, Scopes};
use central_logger_log_store::RetentionPeriod;
use central_logger_mail::MailAddress;
use central_logger_operation_routes::values::{MAX_NAME, flag, line, patch};
use central_logger_operations::clients::{ClientPatch, Limit, PolicyPatch};
use central_logger_text::PlainText;
use serde_json::Value;
use std::{fmt::Display, num::NonZeroU64, str::FromStr};

/// The most scopes that can be listed.
const MAX_SCOPES: usize = 100;

/// The largest limit that a store can hold.
fn most(dimension: QuotaDimension) -> u64 {
    match dimension {
        QuotaDimension::RequestsPerDay | QuotaDimension::RequestsPerMonth => u32::MAX.into(),
        _ => i64::MAX.unsigned_abs(),
    }
}

/// Reads what is to be changed of a client.
///
/// # Errors
/// When a member cannot be read, or is not known.
pub fn client_patch(client: &ClientId, mut members: Members) -> Result<ClientPatch, Problem> {
    let policy = members.object("policy", policy);
    let quota = members.object("quota", |members| quota(client, members));
    let keep = members.patch("keep", |value| {
        text::<RetentionPeriod>(value).map(|period| period.to_string())
    });
    let mail_scopes = members.list::<Scope>("mail_scopes", MAX_SCOPES);
    let set = ClientPatch {
        name: patch(members.patch("name", line(MAX_NAME))),
        external_id: patch(members.patch("external_id", line(MAX_NAME))),
        mail: patch(members.patch("mail", address)),
        policy: match policy {
            None => PolicyPatch::default(),
            Some(None) => NO_POLICY,
            Some(Some(policy)) => policy,
        },
        quota: match quota {
            None => QuotaUpdate::default(),
            Some(None) => no_quota(),
            Some(Some(quota)) => quota,
        },
        keep: patch(keep),
        deliver: patch(members.patch("deliver", target)),
        deliver_template: patch(members.patch("deliver_template", |value| {
            text::<ValueTemplate>(value).map(|template| template.to_string())
        })),
        mail_scopes: patch(mail_scopes.map(|scopes| scopes.map(Scopes::from))),
    };
    members.finish()?;
    Ok(set)
}

/// Reads where keys are handed over to.
fn target(value: &Value) -> Result<PlainText, String> {
    let name: TargetName = text(value)?;
    let line = name.to_string().parse::<PlainText>();
    line.map_err(|error| error.to_string())
}

/// Reads where mail goes.
fn address(value: &Value) -> Result<PlainText, String> {
    let address: MailAddress = text(value)?;
    let line = address.as_str().parse::<PlainText>();
    line.map_err(|error| error.to_string())
}

/// All is as for clients without a policy of their own.
const NO_POLICY: PolicyPatch = PolicyPatch {
    self_service: Patch::Clear,
    max_keys: Patch::Clear,
    max_lifetime: Patch::Clear,
    require_expiry: Patch::Clear,
    renewable: Patch::Clear,
    on_leak: Patch::Clear,
};

fn no_quota() -> QuotaUpdate {
    let all = QuotaDimension::ALL.into_iter();
    all.fold(QuotaUpdate::default(), |update, dimension| {
        update.with(dimension, None)
    })
}

fn policy(members: &mut Members) -> PolicyPatch {
    PolicyPatch {
        self_service: patch(members.patch("self_service", flag)),
        max_keys: patch(members.patch("max_keys", limit(max_keys))),
        max_lifetime: patch(members.patch("max_lifetime", limit(text))),
        require_expiry: patch(members.patch("require_expiry", flag)),
        renewable: patch(members.patch("renewable", flag)),
        on_leak: patch(members.patch("on_leak", text)),
    }
}

/// Reads a limit, or `"none"` for none, whatever is set for all clients.
fn limit<T>(
    read: impl FnOnce(&Value) -> Result<T, String>,
) -> impl FnOnce(&Value) -> Result<Limit<T>, String> {
    move |value| match value.as_str() {
        Some("none") => Ok(Limit::Unlimited),
        _ => read(value).map(Limit::AtMost),
    }
}

fn max_keys(value: &Value) -> Result<u32, String> {
    let number = value.as_u64().and_then(|number| number.try_into().ok());
    number.ok_or_else(|| format!("must be a number from 0 to {}, or \"none\"", u32::MAX))
}

/// Reads limits of a quota, which may name the client as `quota show` does.
fn quota(client: &ClientId, members: &mut Members) -> QuotaUpdate {
    members.take("client_id", |value| same(value, client));
    let mut update = QuotaUpdate::default();
    for dimension in QuotaDimension::ALL {
        if let Some(limit) = members.patch(dimension.as_str(), at_most(most(dimension))) {
            update = update.with(dimension, limit);
        }
    }
    update
}

fn same<T: FromStr<Err: Display> + PartialEq>(value: &Value, expected: &T) -> Result<(), String> {
    match text::<T>(value)? == *expected {
        true => Ok(()),
        false => Err("is another client".to_owned()),
    }
}

fn at_most(most: u64) -> impl FnOnce(&Value) -> Result<NonZeroU64, String> {
    move |value| {
        let number = value.as_u64().filter(|number| *number <= most);
        let limit = number.and_then(NonZeroU64::new);
        limit.ok_or_else(|| format!("must be a number from 1 to {most}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Value) -> Result<ClientPatch, Value> {
        let members = Members::parse(body.to_string().as_bytes()).ok().unwrap();
        let read = client_patch(&"acme".parse().unwrap(), members);
        read.map_err(|problem| serde_json::to_value(problem).unwrap())
    }

    #[test]
    fn what_is_missing_stays_and_null_takes_away() {
        let nothing = read(&json!({})).unwrap();
        assert_eq!(nothing, ClientPatch::default());
        let some = read(&json!({
            "name": null, "policy": {"max_keys": "none", "renewable": null},
            "quota": {"client_id": "acme", "entries_per_day": 7, "bytes_per_day": null},
        }));
        let some = some.unwrap();
        assert_eq!((some.name, some.mail), (Patch::Clear, Patch::Keep));
        assert_eq!(some.policy.max_keys, Patch::Set(Limit::Unlimited));
        assert_eq!(some.policy.renewable, Patch::Clear);
        assert_eq!(some.policy.self_service, Patch::Keep);
        let quota = QuotaUpdate::default().with(QuotaDimension::EntriesPerDay, NonZeroU64::new(7));
        assert_eq!(some.quota, quota.with(QuotaDimension::BytesPerDay, None));
        let none = read(&json!({"policy": null, "quota": null, "keep": "forever"})).unwrap();
        assert_eq!((none.policy, none.quota), (NO_POLICY, no_quota()));
        assert_eq!(none.keep, Patch::Set("forever".to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_pointed_at() {
        let refused = read(&json!({
            "keep": "soon", "policy": {"max_keys": -1, "self_service": "on", "more": 1},
            "quota": {"client_id": "other", "entries_per_day": 0}, "deliver": "ftp:acme", "color": null,
        }));
        let refused = refused.unwrap_err();
        let errors = refused["errors"].as_array().unwrap().iter();
        let pointers: Vec<_> = errors
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(
            pointers,
            [
                "/keep",
                "/deliver",
                "/color",
                "/policy/self_service",
                "/policy/max_keys",
                "/policy/more",
                "/quota/client_id",
                "/quota/entries_per_day",
            ]
        );
    }
}
