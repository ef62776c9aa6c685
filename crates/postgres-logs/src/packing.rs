//! Storing what a commit brings in fresh blocks.

use crate::{
    PostgresLogs, idempotency,
    repeats::{self, Events},
    rows::{Rows, Statements},
    swapping,
    turns::{self, Turn},
    writing::settings,
};
use central_logger_block_store::{self as block_store, Packed, pack};
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, Appended, LogEntry, LogId, LogStoreError};
use central_logger_postgres_database::{Database, Roles, StatementError};
use deadpool_postgres::{Object, Transaction};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// Packs the group into blocks on the assumption that every entry is new. Returns `None` when none are to be
/// written.
pub(crate) async fn pack_ahead(
    logs: &PostgresLogs,
    group: &Arc<[Append]>,
) -> Result<Option<Packed>, StatementError> {
    let entries: usize = group.iter().map(|append| append.entries.len()).sum();
    if entries < logs.enough_for_a_block || !logs.may_write_blocks().await? {
        return Ok(None);
    }
    let packed = pack_group(logs, group, |_, _| true).await?;
    Ok((!packed.blocks.is_empty()).then_some(packed))
}

/// Stores a group that was packed. What turns out to be there already is left out.
pub(crate) async fn append(
    logs: &PostgresLogs,
    group: Arc<[Append]>,
    packed: Packed,
) -> Result<Vec<Appended>, StatementError> {
    let database = &logs.database;
    let events = block_store::events_of(group.iter());
    let appended = database.run(async |connection| {
        if events.is_empty()
            && let Some(appended) = append_new(database, connection, &group, &packed).await?
        {
            return Ok(appended);
        }
        let transaction = connection.transaction().await?;
        let statements = Statements::prepare(&transaction).await?;
        let settings = settings(database);
        let clients = events.keys().copied();
        let (set, taken) = tokio::join!(
            biased;
            transaction.batch_execute(&settings),
            turns::take(&transaction, &statements, clients, Turn::Alone),
        );
        set?;
        taken?;
        let appended = match has_claims(&group) {
            true => idempotency::claim(&transaction, &statements, &group).await?,
            false => vec![Appended::Stored; group.len()],
        };
        let known = repeats::find(database, &logs.opened, &transaction, &events).await?;
        let is_all_new = known.values().all(BTreeSet::is_empty);
        let packed = match is_all_new && are_stored(&appended) {
            true => packed,
            false => pack_rest(logs, &group, &appended, &known).await?,
        };
        let writer = database.take(Roles::writer);
        let (taken, written) = tokio::join!(
            biased;
            transaction.batch_execute(&writer),
            write(&transaction, &statements, &group, &packed),
        );
        taken?;
        written?;
        transaction.commit().await?;
        Ok(appended)
    });
    appended.await
}

/// Stores a group without events, all of which is sent before anything is waited for. Returns `None` and stores
/// nothing when an idempotency key is taken.
async fn append_new(
    database: &Database,
    connection: &mut Object,
    group: &[Append],
    packed: &Packed,
) -> Result<Option<Vec<Appended>>, StatementError> {
    let transaction = connection.transaction().await?;
    let statements = Statements::prepare(&transaction).await?;
    let settings = settings(database);
    let claimed = async {
        match has_claims(group) {
            true => idempotency::claim(&transaction, &statements, group).await,
            false => Ok(vec![Appended::Stored; group.len()]),
        }
    };
    let (set, claimed, written) = tokio::join!(
        biased;
        transaction.batch_execute(&settings),
        claimed,
        write(&transaction, &statements, group, packed),
    );
    set?;
    let appended = claimed?;
    if !are_stored(&appended) {
        transaction.rollback().await?;
        return Ok(None);
    }
    written?;
    transaction.commit().await?;
    Ok(Some(appended))
}

fn has_claims(group: &[Append]) -> bool {
    group.iter().any(|append| append.claim.is_some())
}

fn are_stored(appended: &[Appended]) -> bool {
    appended
        .iter()
        .all(|appended| *appended == Appended::Stored)
}

async fn write(
    transaction: &Transaction<'_>,
    statements: &Statements,
    group: &[Append],
    packed: &Packed,
) -> Result<(), StatementError> {
    let rows = packed.rows.iter().filter_map(|place| place.of(group));
    let rows = Rows::of_new(rows, &packed.blocks);
    let blocks = async {
        for block in &packed.blocks {
            // A client id has no character that would end the literal.
            let narrow = format!("SET LOCAL app.client_id = '{}'", block.client);
            let (narrowed, put_in) = tokio::join!(
                biased;
                transaction.batch_execute(&narrow),
                swapping::put_in(transaction, &block.client, &block.encoded),
            );
            narrowed?;
            put_in?;
        }
        Ok::<_, StatementError>(())
    };
    let (inserted, blocks) = tokio::join!(
        biased;
        rows.insert(transaction, statements),
        blocks,
    );
    inserted?;
    blocks
}

async fn pack_rest(
    logs: &PostgresLogs,
    group: &Arc<[Append]>,
    appended: &[Appended],
    known: &Events<'_>,
) -> Result<Packed, StatementError> {
    let known = known
        .iter()
        .map(|(client, ids)| ((*client).clone(), ids.clone()));
    let known: BTreeMap<ClientId, BTreeSet<LogId>> = known.collect();
    let (clients, appended) = (Arc::clone(group), appended.to_vec());
    pack_group(logs, group, move |append, entry| {
        let known = known.get(&clients[append].client);
        let is_known = known.is_some_and(|known| known.contains(&entry.id()));
        appended[append] == Appended::Stored && !is_known
    })
    .await
}

/// This takes its time, so others have the thread meanwhile.
async fn pack_group(
    logs: &PostgresLogs,
    group: &Arc<[Append]>,
    is_wanted: impl Fn(usize, &LogEntry) -> bool + Send + 'static,
) -> Result<Packed, StatementError> {
    let (group, enough) = (Arc::clone(group), logs.enough_for_a_block);
    let packed = spawn_blocking(move || pack(&group, enough, is_wanted));
    let packed = packed.await;
    Ok(packed.map_err(|error| LogStoreError::Failed(Arc::new(error)))??)
}
