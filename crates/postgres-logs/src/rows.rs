//! Entries as rows, and in which order they came.

use crate::{idempotency::CLAIM, turns::TAKE_TURN};
use central_logger_block_store::FreshBlock;
use central_logger_log_store::{Append, LogEntry};
use deadpool_postgres::GenericClient;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use tokio_postgres::{Error, Statement, types::ToSql};
use uuid::Uuid;

/// An id that is taken makes it fail.
const INSERT: &str = "
    INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status,
                               workflow, message, event_id, extra)
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[],
                         $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])";

const INSERT_EVENTS: &str = "
    INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status,
                               workflow, message, event_id, extra, stored_by)
    SELECT *, pg_current_xact_id()
    FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[],
                $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
    ON CONFLICT DO NOTHING";

const NOTE: &str = "
    INSERT INTO log_arrivals (client_id, ids, events, xid, oldest)
    SELECT *, pg_current_xact_id(), pg_snapshot_xmin(pg_current_snapshot())
    FROM unnest($1::text[], $2::bytea[], $3::bytea[])";

/// Prepared before anything is sent, so that all is sent in the order in which it is asked for.
pub(crate) struct Statements {
    insert: Statement,
    insert_events: Statement,
    note: Statement,
    pub(crate) claim: Statement,
    pub(crate) take_turn: Statement,
}

impl Statements {
    pub(crate) async fn prepare(client: &impl GenericClient) -> Result<Self, Error> {
        Ok(Self {
            insert: client.prepare_cached(INSERT).await?,
            insert_events: client.prepare_cached(INSERT_EVENTS).await?,
            note: client.prepare_cached(NOTE).await?,
            claim: client.prepare_cached(CLAIM).await?,
            take_turn: client.prepare_cached(TAKE_TURN).await?,
        })
    }
}

/// What a transaction adds.
pub(crate) struct Rows<'a> {
    entries: Columns<'a>,
    events: Columns<'a>,
    arrivals: Arrivals<'a>,
}

/// What it brings each client.
#[derive(Default)]
struct Arrivals<'a> {
    client: Vec<&'a str>,
    ids: Vec<Vec<u8>>,
    events: Vec<Vec<u8>>,
}

/// Entries, column by column.
#[derive(Default)]
struct Columns<'a> {
    client: Vec<&'a str>,
    id: Vec<Uuid>,
    received_at: Vec<OffsetDateTime>,
    environment: Vec<&'a str>,
    executed_at: Vec<&'a str>,
    status: Vec<&'a str>,
    workflow: Vec<Option<&'a str>>,
    message: Vec<Option<&'a str>>,
    event_id: Vec<Option<&'a str>>,
    extra: Vec<Option<&'a str>>,
}

impl<'a> Rows<'a> {
    /// All of these appends, among them events that may be there already.
    pub(crate) fn of(appends: impl Iterator<Item = &'a Append>) -> Self {
        let all =
            appends.flat_map(|append| append.entries.iter().map(move |entry| (append, entry)));
        let (events, entries) = all.partition(|(_, entry)| entry.event_id().is_some());
        Self::with(in_order(entries), in_order(events), &[])
    }

    /// Entries that are known to be new, beside blocks with others.
    pub(crate) fn of_new(
        entries: impl Iterator<Item = (&'a Append, &'a LogEntry)>,
        blocks: &'a [FreshBlock],
    ) -> Self {
        Self::with(in_order(entries.collect()), Vec::new(), blocks)
    }

    fn with(
        entries: Vec<(&'a Append, &'a LogEntry)>,
        events: Vec<(&'a Append, &'a LogEntry)>,
        blocks: &'a [FreshBlock],
    ) -> Self {
        let mut by_client: BTreeMap<&str, [Vec<u8>; 2]> = BTreeMap::new();
        for block in blocks {
            let [ids, _] = by_client.entry(block.client.as_str()).or_default();
            for id in &block.ids {
                ids.extend(id.as_uuid().as_bytes());
            }
        }
        for (place, entries) in [&entries, &events].into_iter().enumerate() {
            for (append, entry) in entries {
                let ids = &mut by_client.entry(append.client.as_str()).or_default()[place];
                ids.extend(entry.id().as_uuid().as_bytes());
            }
        }
        let mut arrivals = Arrivals::default();
        for (client, [ids, events]) in by_client {
            arrivals.client.push(client);
            arrivals.ids.push(ids);
            arrivals.events.push(events);
        }
        Self {
            entries: Columns::of(entries),
            events: Columns::of(events),
            arrivals,
        }
    }

    /// Sends all that there is to send before it waits.
    pub(crate) async fn insert(
        &self,
        client: &impl GenericClient,
        statements: &Statements,
    ) -> Result<(), Error> {
        let noted: [&(dyn ToSql + Sync); 3] = [
            &self.arrivals.client,
            &self.arrivals.ids,
            &self.arrivals.events,
        ];
        let (entries, events, noted) = tokio::join!(
            biased;
            self.entries.insert(client, &statements.insert),
            self.events.insert(client, &statements.insert_events),
            client.execute(&statements.note, &noted),
        );
        entries?;
        events?;
        noted.map(drop)
    }
}

/// In order and each once, so that appends at the same time never wait for each other in turn. Of
/// entries that are no events, none is there twice.
fn in_order<'a>(mut entries: Vec<(&'a Append, &'a LogEntry)>) -> Vec<(&'a Append, &'a LogEntry)> {
    // Of equal ones the first stays the first.
    entries.sort_by(|(a, x), (b, y)| (&a.client, x.id()).cmp(&(&b.client, y.id())));
    entries.dedup_by(|(a, x), (b, y)| {
        x.event_id().is_some() && (&a.client, x.id()) == (&b.client, y.id())
    });
    entries
}

impl<'a> Columns<'a> {
    fn of(entries: Vec<(&'a Append, &'a LogEntry)>) -> Self {
        let mut columns = Self::default();
        for (append, entry) in entries {
            columns.client.push(append.client.as_str());
            columns.id.push(*entry.id().as_uuid());
            columns.received_at.push(append.received_at);
            columns.environment.push(entry.environment());
            columns.executed_at.push(entry.executed_at().as_str());
            columns.status.push(entry.status());
            columns.workflow.push(entry.workflow());
            columns.message.push(entry.message());
            columns.event_id.push(entry.event_id());
            columns.extra.push(entry.extra());
        }
        columns
    }

    async fn insert(
        &self,
        client: &impl GenericClient,
        statement: &Statement,
    ) -> Result<(), Error> {
        if self.client.is_empty() {
            return Ok(());
        }
        let parameters: [&(dyn ToSql + Sync); 10] = [
            &self.client,
            &self.id,
            &self.received_at,
            &self.environment,
            &self.executed_at,
            &self.status,
            &self.workflow,
            &self.message,
            &self.event_id,
            &self.extra,
        ];
        client.execute(statement, &parameters).await.map(drop)
    }
}
