//! What requests ask for, be they bodies of the API or forms.

use central_logger_http_api::{Members, Problem, text};
use central_logger_key_store::KeyUpdate;
use central_logger_keyring::{KeySelection, Rotation};
use central_logger_keys::{ClientId, InvalidNetwork, KeyId, Networks, Scope};
use central_logger_operation_routes::values::{
    MAX_NAME, MAX_NOTE, duration, flag, line, patch, point,
};
use central_logger_operations::keys::KeyRequest;
use central_logger_text::PlainText;
use central_logger_times::Timestamp;
use serde_json::Value;
use std::str::FromStr;
use time::{Duration, OffsetDateTime};

/// The most scopes or networks of a key.
pub(crate) const MAX_LISTED: usize = 100;
/// How long a rotated key works on unless told otherwise, as on the command line.
const DEFAULT_GRACE: Duration = Duration::hours(24);

/// Reads a key that is to be made from the members that are left. `client` is the one that asks, unless the
/// body has to name one.
///
/// # Errors
/// When a member is wrong or unknown.
pub fn new_key(
    mut members: Members,
    client: Option<ClientId>,
    now: OffsetDateTime,
) -> Result<KeyRequest, Problem> {
    let client_id = client.or_else(|| members.need("client_id", text));
    let expires_at = members.take("expires_at", point);
    let expires_in = members.take("expires_in", duration);
    if expires_at.is_some() && expires_in.is_some() {
        members.fault("expires_in", "cannot be given beside expires_at");
    }
    let expires_in = expires_in.and_then(|lifetime| {
        let end = Timestamp::clamped(now).checked_add(lifetime);
        if end.is_none() {
            members.fault("expires_in", "must not lead beyond the year 9999");
        }
        end
    });
    let name = members.take("name", line(MAX_NAME));
    let scopes = members.list::<Scope>("scopes", MAX_LISTED).flatten();
    let environment = members.take("environment", text);
    let rate = members.take("rate", text);
    let allow_ip = networks(&mut members).flatten();
    let note = members.take("note", line(MAX_NOTE));
    members.finish()?;
    // Without one there was a fault.
    let client_id = client_id.ok_or_else(|| Problem::faulty_members(Default::default()))?;
    Ok(KeyRequest {
        name,
        scopes: scopes.map(Into::into),
        environment: environment.unwrap_or_default(),
        expires_at: expires_at.or(expires_in),
        rate,
        allow_ip,
        note,
        ..KeyRequest::for_client(client_id)
    })
}

pub(crate) fn update(mut members: Members) -> Result<KeyUpdate, Problem> {
    let update = KeyUpdate {
        name: patch(members.patch("name", line(MAX_NAME))),
        note: patch(members.patch("note", line(MAX_NOTE))),
        networks: patch(networks(&mut members)),
        rate: patch(members.patch("rate", text)),
    };
    members.finish()?;
    Ok(update)
}

/// Reads how a key is to be rotated.
///
/// # Errors
/// When a member is not accepted.
pub fn rotation(mut members: Members) -> Result<Rotation, Problem> {
    let rotation = Rotation {
        grace: members.take("grace", grace).unwrap_or(DEFAULT_GRACE),
        expires_at: members.take("expires_at", point),
    };
    members.finish()?;
    Ok(rotation)
}

/// Reads by how much a grace is to be extended.
///
/// # Errors
/// When a member is not accepted.
pub fn extension(mut members: Members) -> Result<Duration, Problem> {
    let by = members.need("by", duration);
    members.finish()?;
    by.ok_or_else(|| Problem::faulty_members(Default::default()))
}

/// Reads why a key is to be revoked, and whether all that it has made is revoked with it.
///
/// # Errors
/// When a member is not accepted.
pub fn revocation(mut members: Members) -> Result<(Option<PlainText>, bool), Problem> {
    let reason = members.take("reason", line(MAX_NOTE));
    let with_made = members.take("with_made", flag).unwrap_or_default();
    members.finish()?;
    Ok((reason, with_made))
}

pub(crate) fn reason(mut members: Members) -> Result<Option<PlainText>, Problem> {
    let reason = members.take("reason", line(MAX_NOTE));
    members.finish()?;
    Ok(reason)
}

/// The keys that are revoked together, and why.
pub(crate) fn selection(mut members: Members) -> Result<(Vec<KeyId>, Option<PlainText>), Problem> {
    let ids = members.need_list("key_ids", KeySelection::MOST);
    let reason = members.take("reason", line(MAX_NOTE));
    members.finish()?;
    Ok((ids.unwrap_or_default(), reason))
}

/// Nothing at all.
pub(crate) fn nothing(members: Members) -> Result<(), Problem> {
    members.finish()
}

fn networks(members: &mut Members) -> Option<Option<Networks>> {
    let listed = members.list::<OneOrMore>("allow_ip", MAX_LISTED)?;
    Some(listed.map(|listed| {
        let mut networks = Networks::default();
        listed.into_iter().for_each(|each| networks.extend(each.0));
        networks
    }))
}

/// Networks that there are: without any, a key would be accepted from anywhere.
struct OneOrMore(Networks);

impl FromStr for OneOrMore {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let networks: Networks = text.parse()?;
        match networks.is_empty() {
            true => Err(InvalidNetwork::Malformed),
            false => Ok(Self(networks)),
        }
    }
}

/// A duration, or none at all.
fn grace(value: &Value) -> Result<Duration, String> {
    match value.as_str() {
        Some("0") => Ok(Duration::ZERO),
        _ => duration(value),
    }
}
