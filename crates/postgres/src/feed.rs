use crate::{key_change::CHANNEL, retention};
use async_trait::async_trait;
use central_logger_health::Outage;
use central_logger_key_store::{
    Head, KeyFeed, KeyStoreError, LeaseHolder,
    feed::{ChangedKeys, Changes, Lease, Reached, StoreTime},
};
use central_logger_postgres_database::{
    Database, KNOWN, Params, PgRow, StatementError, error, migrations,
};
use central_logger_sql_rows::{UnreadableRow, leases, signed, state, unsigned};
use central_logger_text::Report;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, Notify},
    time::timeout,
};
use tokio_postgres::{
    Client,
    types::{ToSql, Type},
};

/// Follows the changes of keys in PostgreSQL, on a connection of its own: announcements arrive on
/// it, and a lease is renewed however busy all others are. Statements are not prepared, so that each
/// takes one round trip.
pub struct PostgresFeed {
    database: Arc<Database>,
    connection: Mutex<Option<Client>>,
    announced: Arc<Notify>,
    outage: Arc<Outage>,
}

/// How long connecting or any work may take, so that a lease can be renewed in time over another
/// connection when one has fallen silent.
const LIMIT: Duration = Duration::from_secs(1);

/// A lease must outlast a crash of the database.
const BEGIN: &str = "SET synchronous_commit = on";

impl PostgresFeed {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self {
            outage: Arc::clone(database.outage()),
            database,
            connection: Mutex::new(None),
            announced: Arc::new(Notify::new()),
        }
    }

    /// Does `work` on the connection, or on a new one when there is none. It is kept only when all
    /// went well, so that a silent one is used once.
    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> Result<T, StatementError>,
    ) -> Result<T, KeyStoreError> {
        let mut kept = self.connection.lock().await;
        let done = timeout(LIMIT, async {
            let client = match kept.take().filter(|client| !client.is_closed()) {
                Some(client) => client,
                None => self.connect().await?,
            };
            let done = work(&client).await?;
            Ok((client, done))
        });
        let done = done.await.unwrap_or(Err(StatementError::TimedOut));
        error::tell(&self.outage, &done);
        let (client, done) = done?;
        *kept = Some(client);
        Ok(done)
    }

    async fn connect(&self) -> Result<Client, StatementError> {
        let announced = Arc::clone(&self.announced);
        let connecting = self
            .database
            .connector()
            .connect_with_notifications(self.database.config(), move || announced.notify_one());
        let client = connecting.await?;
        client.batch_execute(BEGIN).await?;
        // Some poolers refuse it, and others let it through in vain.
        if let Err(error) = client.batch_execute(&format!("LISTEN {CHANNEL}")).await {
            let error = Report(&error).to_string();
            tracing::warn!(
                error,
                "changes of keys are not announced here, but asked for: a pooler in transaction mode \
                 does not let LISTEN through"
            );
        }
        Ok(client)
    }
}

#[async_trait]
impl KeyFeed for PostgresFeed {
    async fn changes(&self, since: Option<&Reached>) -> Result<Changes, KeyStoreError> {
        self.run(async |client| {
            // All at once: a command that takes access away is waiting for this.
            let sql = "SELECT sequence, head,
                           EXTRACT(EPOCH FROM clock_timestamp() - changed_at)::float8,
                           EXISTS (SELECT FROM audit_log WHERE sequence = $1 AND seal = $2),
                           ARRAY (SELECT key_id FROM audit_log
                                  WHERE audit_log.sequence > $1
                                    AND audit_log.sequence <= key_store_state.sequence
                                  ORDER BY audit_log.sequence LIMIT $3),
                           by_hand,
                           EXTRACT(EPOCH FROM clock_timestamp() - restore_accepted_at)::float8
                       FROM key_store_state";
            let known = since.map(|since| since.head).unwrap_or_default();
            let (sequence, seal) = (
                signed(known.sequence),
                known.seal.map(|seal| seal.to_string()),
            );
            let most = signed(Changes::MOST);
            let values: [(&(dyn ToSql + Sync), Type); 3] = [
                (&sequence, Type::INT8),
                (&seal, Type::TEXT),
                (&most, Type::INT8),
            ];
            let row = client.query_typed_one(sql, &values).await?;
            let head = state::read_head(&PgRow(&row))?;
            let age: f64 = row.try_get(2)?;
            let continues = known == Head::default() || row.try_get(3)?;
            let by_hand = unsigned(row.try_get(5)?);
            let restore_accepted: Option<f64> = row.try_get(6)?;
            let (keys, is_retention_same) = match since {
                Some(since)
                    if continues && since.by_hand == by_hand && since.head.is_close_to(&head) =>
                {
                    let mut ids: Vec<&str> = row.try_get(4)?;
                    let entries = ids.len();
                    // Those of no key are of what is kept.
                    ids.retain(|id| !id.is_empty());
                    let is_same = ids.len() == entries;
                    let ids = ids
                        .into_iter()
                        .map(|id| id.parse().map_err(|error| UnreadableRow::new(id, error)));
                    (ChangedKeys::These(ids.collect::<Result<_, _>>()?), is_same)
                }
                _ => (ChangedKeys::All, false),
            };
            let retention = match is_retention_same {
                true => None,
                false => Some(retention::read(client).await?),
            };
            Ok(Changes {
                head,
                by_hand,
                continues,
                restore_accepted: restore_accepted.map(duration),
                keys,
                retention,
                age: duration(age),
            })
        })
        .await
    }

    async fn hold_lease(&self, lease: &Lease) -> Result<StoreTime, KeyStoreError> {
        self.run(async |client| {
            let latest = client.query_typed(migrations::LATEST, &[]).await?;
            self.database.need_schema(migrations::judge(&latest)?)?;
            let sql = format!(
                "INSERT INTO server_lease ({}, expires_at, knows)
                 VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $4 * interval '1 millisecond',
                         {KNOWN})
                 ON CONFLICT (holder) DO UPDATE SET sequence = excluded.sequence,
                     head = excluded.head, length_ms = excluded.length_ms,
                     peppers = excluded.peppers, expires_at = excluded.expires_at,
                     renewals = server_lease.renewals + 1, knows = excluded.knows
                 RETURNING clock_timestamp()",
                leases::COLUMNS
            );
            let values = Params::new(leases::values(lease));
            let row = client.query_typed_one(&sql, &values.typed()).await?;
            Ok(StoreTime::Shows(row.try_get(0)?))
        })
        .await
    }

    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError> {
        self.run(async |client| {
            let sql = "DELETE FROM server_lease WHERE holder = $1";
            client
                .execute_typed(sql, &[(&holder.as_str(), Type::TEXT)])
                .await?;
            Ok(())
        })
        .await
    }

    async fn announced(&self) {
        self.announced.notified().await;
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

impl fmt::Debug for PostgresFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresFeed").finish_non_exhaustive()
    }
}
