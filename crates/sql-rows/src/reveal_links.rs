//! The table `reveal_links`.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_key_store::{
    NewKey,
    reveal_link::{LinkedKey, RevealLink, Revelation, Seen},
};
use central_logger_keys::{KeyHash, KeyId};
use central_logger_text::PlainText;
use central_logger_times::Timestamp;
use time::Duration;

/// The columns, in the order of [`values`].
pub const COLUMNS: &str = "id, client_id, name, scopes, environment, allowed_from, rate_limit, \
     expires_at, note, replaces, grace_seconds, token_hash, passphrase_hash, made_by, created_at, \
     valid_until, opened_at, opened_from, tries, revealed_at, revealed_from, key_id, withdrawn_at, mailed_to";

/// The condition of a link that can be used at the time of a parameter.
pub fn can_reveal(parameter: &str) -> String {
    format!("revealed_at IS NULL AND withdrawn_at IS NULL AND valid_until > {parameter}")
}

/// Returns the values of a link, in the order of the [`COLUMNS`].
pub fn values(link: &RevealLink) -> [Value<'_>; 24] {
    let (new, successor) = match &link.key {
        LinkedKey::New(new) => (Some(new), None),
        LinkedKey::Successor {
            replaces, grace, ..
        } => (None, Some((replaces, grace.whole_seconds()))),
    };
    let expires_at = match &link.key {
        LinkedKey::New(NewKey { expires_at, .. }) | LinkedKey::Successor { expires_at, .. } => {
            expires_at.map(Timestamp::get)
        }
    };
    let shown = |text: Option<String>| Value::from(text.unwrap_or_default());
    let revealed = link.revealed.as_ref();
    [
        link.id.as_str().into(),
        link.client_id.as_str().into(),
        Value::text(new.and_then(|new| new.name.as_ref()).map(PlainText::as_str)),
        shown(new.map(|new| new.scopes.to_string())),
        shown(new.map(|new| new.environment.as_str().to_owned())),
        shown(new.map(|new| new.allowed_from.to_string())),
        Value::shown(new.and_then(|new| new.rate_limit)),
        expires_at.into(),
        Value::text(new.and_then(|new| new.note.as_ref()).map(PlainText::as_str)),
        Value::text(successor.map(|(replaces, _)| replaces.as_str())),
        Value::Integer(successor.map(|(_, grace)| grace)),
        Value::Bytes(Some(link.token_hash.to_vec())),
        Value::text(link.passphrase.as_ref().map(KeyHash::as_phc)),
        link.made_by.to_string().into(),
        link.created_at.into(),
        link.valid_until.into(),
        link.opened.as_ref().map(|seen| seen.at).into(),
        Value::text(network(link.opened.as_ref())),
        link.tries.into(),
        revealed.map(|revealed| revealed.seen.at).into(),
        Value::text(network(revealed.map(|revealed| &revealed.seen))),
        Value::text(revealed.map(|revealed| revealed.key_id.as_str())),
        link.withdrawn_at.into(),
        Value::text(link.mailed_to.as_deref()),
    ]
}

fn network(seen: Option<&Seen>) -> Option<&str> {
    seen?.network.as_deref()
}

/// Reads a link from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read(row: &impl Row) -> Result<RevealLink, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    let seen = |at: usize, network: usize| -> Result<Option<Seen>, UnreadableRow> {
        let Some(at) = columns.time_or_null(at)? else {
            return Ok(None);
        };
        let network = columns.string_or_null(network)?;
        Ok(Some(Seen { at, network }))
    };
    let revealed = match seen(19, 20)? {
        Some(seen) => Some(Revelation {
            key_id: columns.parse(21)?,
            seen,
        }),
        None => None,
    };
    let token_hash = columns.bytes(11)?.try_into();
    Ok(RevealLink {
        id: columns.parse(0)?,
        client_id: columns.parse(1)?,
        key: key(&columns)?,
        token_hash: token_hash.map_err(|_| columns.unreadable("a token hash has 32 bytes"))?,
        passphrase: columns.parse_or_null(12)?,
        made_by: columns.parse(13)?,
        created_at: columns.time(14)?,
        valid_until: columns.time(15)?,
        opened: seen(16, 17)?,
        tries: columns.number(18)?,
        revealed,
        withdrawn_at: columns.time_or_null(22)?,
        mailed_to: columns.string_or_null(23)?,
    })
}

fn key(columns: &Columns<'_, impl Row>) -> Result<LinkedKey, UnreadableRow> {
    let expires_at = columns.time_or_null(7)?.map(Timestamp::clamped);
    if let Some(replaces) = columns.parse_or_null::<KeyId>(9)? {
        let grace = columns.integer_or_null(10)?.unwrap_or_default();
        return Ok(LinkedKey::Successor {
            replaces,
            grace: Duration::seconds(grace),
            expires_at,
        });
    }
    Ok(LinkedKey::New(NewKey {
        name: columns.parse_or_null(2)?,
        scopes: columns.parse(3)?,
        environment: columns.parse(4)?,
        allowed_from: columns.parse(5)?,
        rate_limit: columns.parse_or_null(6)?,
        expires_at,
        note: columns.parse_or_null(8)?,
        ..NewKey::for_client(columns.parse(1)?)
    }))
}
