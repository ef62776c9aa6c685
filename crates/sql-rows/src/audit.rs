//! The table `audit_log`.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_key_store::{Actor, ActorKind, AuditEntry, Via};
use central_logger_keys::{ClientId, KeyId};

/// The columns, in the order of [`values`].
pub const COLUMNS: &str = "sequence, at, actor, action, key_id, client_id, before, after, seal, key_seal, \
     actor_kind, actor_id, network, via";

/// Reads an entry from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read(row: &impl Row) -> Result<AuditEntry, UnreadableRow> {
    let columns = Columns::with_id_in(row, 4)?;
    Ok(AuditEntry {
        sequence: columns.number(0)?,
        at: columns.time(1)?,
        actor: actor(&columns)?,
        action: columns.parse(3)?,
        key_id: columns.parse_or_empty(4)?,
        client_id: columns.parse_or_empty(5)?,
        before: columns.string_or_null(6)?,
        after: columns.string(7)?,
        seal: columns.parse(8)?,
        key_seal: columns.parse_or_null(9)?,
    })
}

fn actor(columns: &Columns<'_, impl Row>) -> Result<Actor, UnreadableRow> {
    let name = columns.text(2)?;
    // Programs that recorded the name alone left the others empty.
    let Some(kind) = columns.parse_or_null(10)? else {
        return Ok(Actor::named(name));
    };
    let id = columns.string_or_null(11)?;
    let actor = Actor::of(kind, id.as_deref(), name).coming_via(columns.parse(13)?);
    Ok(match columns.string_or_null(12)? {
        Some(network) => actor.from_network(&network),
        None => actor,
    })
}

/// Returns the values of an entry, in the order of the [`COLUMNS`].
pub fn values(entry: &AuditEntry) -> [Value<'_>; 14] {
    [
        entry.sequence.into(),
        entry.at.into(),
        entry.actor.name().into(),
        entry.action.as_str().into(),
        entry.key_id.as_ref().map_or("", KeyId::as_str).into(),
        entry.client_id.as_ref().map_or("", ClientId::as_str).into(),
        Value::text(entry.before.as_deref()),
        entry.after.as_str().into(),
        entry.seal.to_string().into(),
        Value::shown(entry.key_seal),
        Value::text(entry.actor.kind().map(ActorKind::as_str)),
        Value::text(entry.actor.id()),
        Value::text(entry.actor.network()),
        Value::text(entry.actor.via().map(Via::as_str)),
    ]
}
