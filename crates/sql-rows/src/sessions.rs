//! The tables `sessions` and `sign_in_links`.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_keys::KeyId;
use central_logger_sessions::{Session, SignInLink, TokenHash};
use central_logger_text::PlainText;

/// The columns of `sessions`, in the order of [`values`].
pub const COLUMNS: &str = "id, client_id, name, scopes, key_id, created_at, last_used_at, \
     idle_ends_at, ends_at, token_hash, by_provider";

/// The columns of `sign_in_links`, in the order of [`link_values`].
pub const LINK_COLUMNS: &str = "id, client_id, name, scopes, key_id, created_at, valid_until, \
     used_at, token_hash, by_provider";

/// Returns the values of a session, in the order of the [`COLUMNS`].
pub fn values<'a>(session: &'a Session, token: &TokenHash) -> [Value<'a>; 11] {
    [
        session.id.as_str().into(),
        session.owner.as_str().into(),
        Value::text(session.name.as_ref().map(PlainText::as_str)),
        session.scopes.to_string().into(),
        Value::text(session.key_id.as_ref().map(KeyId::as_str)),
        session.created_at.into(),
        session.last_used_at.into(),
        session.idle_ends_at.into(),
        session.ends_at.into(),
        Value::Bytes(Some(token.to_bytes().to_vec())),
        Value::Flag(session.by_provider),
    ]
}

/// Reads a session from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read(row: &impl Row) -> Result<Session, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    Ok(Session {
        id: columns.parse(0)?,
        owner: columns.parse(1)?,
        name: columns.parse_or_null(2)?,
        scopes: columns.parse(3)?,
        key_id: columns.parse_or_null(4)?,
        created_at: columns.time(5)?,
        last_used_at: columns.time(6)?,
        idle_ends_at: columns.time(7)?,
        ends_at: columns.time(8)?,
        by_provider: columns.flag(10)?,
    })
}

/// Returns the values of a link, in the order of the [`LINK_COLUMNS`].
pub fn link_values<'a>(link: &'a SignInLink, token: &TokenHash) -> [Value<'a>; 10] {
    [
        link.id.as_str().into(),
        link.owner.as_str().into(),
        Value::text(link.name.as_ref().map(PlainText::as_str)),
        link.scopes.to_string().into(),
        Value::text(link.key_id.as_ref().map(KeyId::as_str)),
        link.created_at.into(),
        link.valid_until.into(),
        link.used_at.into(),
        Value::Bytes(Some(token.to_bytes().to_vec())),
        Value::Flag(link.by_provider),
    ]
}

/// Reads a link from the [`LINK_COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read_link(row: &impl Row) -> Result<SignInLink, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    Ok(SignInLink {
        id: columns.parse(0)?,
        owner: columns.parse(1)?,
        name: columns.parse_or_null(2)?,
        scopes: columns.parse(3)?,
        key_id: columns.parse_or_null(4)?,
        created_at: columns.time(5)?,
        valid_until: columns.time(6)?,
        used_at: columns.time_or_null(7)?,
        by_provider: columns.flag(9)?,
    })
}
