//! Who stores events of a client at a time.
//!
//! Transactions that store the same event as a row meet at the primary key. In blocks nothing meets, so who puts
//! events into a block is alone with the events of this client until it has committed: whoever comes next sees them.

use crate::rows::Statements;
use central_logger_keys::ClientId;
use central_logger_postgres_database::StatementError;
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

/// With whom events are stored.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turn {
    /// With others who store rows.
    WithOthers,
    /// With nobody.
    Alone,
}

/// Sets these locks apart from others of the same database.
const OF_EVENTS: i64 = 0x6c6f_675f_6576_656e;

pub(crate) const TAKE_TURN: &str = "
    SELECT count(CASE WHEN $2 THEN pg_advisory_xact_lock(hashtextextended(client, $3))
                      ELSE pg_advisory_xact_lock_shared(hashtextextended(client, $3)) END)
    FROM unnest($1::text[]) AS clients (client)";

/// Waits for a turn to store events of `clients`, which are in their order so that nobody waits for another in turn.
/// A transaction does this before it waits for anything else, and sees what the turns before have stored in its later
/// statements.
pub(crate) async fn take(
    transaction: &Transaction<'_>,
    statements: &Statements,
    clients: impl Iterator<Item = &ClientId>,
    turn: Turn,
) -> Result<(), StatementError> {
    let clients: Vec<_> = clients.map(ClientId::as_str).collect();
    if clients.is_empty() {
        return Ok(());
    }
    let is_alone = matches!(turn, Turn::Alone);
    let parameters: [&(dyn ToSql + Sync); 3] = [&clients, &is_alone, &OF_EVENTS];
    transaction
        .query_one(&statements.take_turn, &parameters)
        .await?;
    Ok(())
}
