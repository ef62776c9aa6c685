//! In which order entries became visible. Of transactions that ran at the same time none knows which
//! ends first, so a position is a snapshot, and what came is what a later one sees and it does not.

use crate::retention::as_keeper;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId,
    idempotency::Receipt,
    store::{Arrivals, Position},
};
use central_logger_postgres_database::{Database, READ_LIMIT, StatementError};
use central_logger_sql_rows::UnreadableRow;
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// How many transactions are read at a time.
const PART: usize = 64;

/// `FROM`, or `FROM;TO;REACHED` on the way from one snapshot to another, when the transactions up to
/// `REACHED` are done.
struct Place<'a> {
    from: &'a str,
    way: Option<(&'a str, &'a str)>,
}

impl<'a> Place<'a> {
    fn of(position: &'a Position) -> Self {
        let mut parts = position.as_str().splitn(3, ';');
        Self {
            from: parts.next().unwrap_or_default(),
            way: parts.next().zip(parts.next()),
        }
    }
}

pub(crate) async fn position(database: &Database) -> Result<Position, StatementError> {
    let snapshot = database.run(async |connection| {
        let select = connection.prepare_cached(SNAPSHOT).await?;
        let row = connection.query_one(&select, &[]).await?;
        Ok(row.try_get::<_, String>(0)?)
    });
    Ok(Position::new(snapshot.await?))
}

const SNAPSHOT: &str = "SELECT pg_current_snapshot()::text";

pub(crate) async fn position_before(
    database: &Database,
    client: &ClientId,
    id: LogId,
) -> Result<Position, StatementError> {
    let oldest = database.read_logs(client, READ_LIMIT, async |transaction| {
        let sql = "SELECT oldest::text FROM log_arrivals
                   WHERE client_id = $1 AND (position($2 in ids) > 0 OR position($2 in events) > 0)
                   ORDER BY xid LIMIT 1";
        let id = id.as_uuid().as_bytes().as_slice();
        let row = transaction.query_opt(sql, &[&client.as_str(), &id]).await?;
        row.map(|row| Ok(row.try_get::<_, String>(0)?)).transpose()
    });
    // That of a transaction which sees all before the oldest, and nothing else.
    let oldest = oldest.await?.unwrap_or_else(|| "1".to_owned());
    Ok(Position::new(format!("{oldest}:{oldest}:")))
}

pub(crate) async fn after(
    database: &Database,
    client: &ClientId,
    position: &Position,
) -> Result<Arrivals, StatementError> {
    // The second snapshot is taken before the rows are read, so all that it sees is there. It is asked
    // for by name since machines that hold a part of the logs have snapshots of their own.
    // Ordered by the number, of which the text is another column.
    let sql = "SELECT xid::text AS number, ids, events FROM log_arrivals
               WHERE client_id = $1 AND xid > $2::text::xid8
                 AND xid >= pg_snapshot_xmin($3::text::pg_snapshot)
                 AND NOT pg_visible_in_snapshot(xid, $3::text::pg_snapshot)
                 AND pg_visible_in_snapshot(xid, $4::text::pg_snapshot)
               ORDER BY xid LIMIT $5";
    let Place { from, way } = Place::of(position);
    let found = database.read_logs(client, READ_LIMIT, async |transaction| {
        let (to, reached) = match way {
            Some((to, reached)) => (to.to_owned(), reached),
            None => {
                let select = transaction.prepare_cached(SNAPSHOT).await?;
                (transaction.query_one(&select, &[]).await?.try_get(0)?, "0")
            }
        };
        let select = transaction.prepare_cached(sql).await?;
        let part = PART as i64;
        let parameters: [&(dyn ToSql + Sync); 5] = [&client.as_str(), &reached, &from, &to, &part];
        let rows = transaction.query(&select, &parameters).await?;
        let (mut ids, mut reached) = (Vec::new(), None);
        for row in &rows {
            let xid: &str = row.try_get(0)?;
            let mut new = Receipt::ids_from_bytes(row.try_get(1)?);
            let events = Receipt::ids_from_bytes(row.try_get(2)?);
            new.append(&mut new_events(transaction, client, xid, &events).await?);
            new.sort_unstable();
            ids.append(&mut new);
            reached = Some(xid);
        }
        let reached = reached.filter(|_| rows.len() == PART);
        let position = match reached {
            Some(reached) => format!("{from};{to};{reached}"),
            None => to,
        };
        Ok(Arrivals {
            ids,
            position: Position::new(position),
            has_more: reached.is_some(),
        })
    });
    found.await
}

/// Those of `events` that the transaction `xid` has stored, and not an earlier one.
async fn new_events(
    transaction: &Transaction<'_>,
    client: &ClientId,
    xid: &str,
    events: &[LogId],
) -> Result<Vec<LogId>, StatementError> {
    let ids: Vec<_> = events.iter().map(|id| *id.as_uuid()).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT id FROM workflow_logs
               WHERE client_id = $1 AND id = ANY ($2) AND id >= $3 AND id <= $4
                 AND stored_by = $5::text::xid8";
    let select = transaction.prepare_cached(sql).await?;
    let parameters: [&(dyn ToSql + Sync); 5] = [&client.as_str(), &ids, first, last, &xid];
    let rows = transaction.query(&select, &parameters).await?;
    let ids = rows.iter().map(|row| Ok(row.try_get::<_, Uuid>(0)?.into()));
    ids.collect()
}

/// Of the minutes that there are.
pub(super) async fn clients_since(
    database: &Database,
    position: &Position,
) -> Result<(Vec<ClientId>, Position), StatementError> {
    let Place { from, .. } = Place::of(position);
    as_keeper(database, async |transaction| {
        // The second snapshot is taken before the rows are read, so all that it sees is there.
        let sql = "SELECT DISTINCT client_id FROM log_arrivals
                   WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot)
                     AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
                     AND pg_visible_in_snapshot(xid, $2::text::pg_snapshot)";
        let select = transaction.prepare_cached(SNAPSHOT).await?;
        let to: String = transaction.query_one(&select, &[]).await?.try_get(0)?;
        let select = transaction.prepare_cached(sql).await?;
        let rows = transaction.query(&select, &[&from, &to]).await?;
        let clients = rows.iter().map(|row| {
            let client = row.try_get::<_, &str>(0)?.parse();
            client.map_err(|error| UnreadableRow::new("an arrival", error).into())
        });
        let clients = clients.collect::<Result<_, StatementError>>()?;
        Ok((clients, Position::new(to)))
    })
    .await
}

/// All at once: there are minutes of it.
pub(crate) async fn forget(
    database: &Database,
    position: &Position,
) -> Result<usize, StatementError> {
    let Place { from, .. } = Place::of(position);
    let forgotten = as_keeper(database, async |transaction| {
        // Rows of the future have come from another cluster, by a dump; a million leaves room for what
        // other machines have seen since.
        let sql = "DELETE FROM log_arrivals
                   WHERE xid < pg_snapshot_xmin($1::text::pg_snapshot)
                      OR xid > (pg_snapshot_xmax($2::text::pg_snapshot)::text::bigint
                                + 1000000)::text::xid8";
        let now: String = transaction.query_one(SNAPSHOT, &[]).await?.try_get(0)?;
        Ok(transaction.execute(sql, &[&from, &now]).await?)
    });
    Ok(usize::try_from(forgotten.await?).unwrap_or(usize::MAX))
}
