use crate::{
    Cell, Ending, Look, MoveError, MoveProgress, MoveSummary, MovedTable, RawTables, Side, Table,
    Unfollowed,
    digest::TableDigest,
    pages::{Pages, digest, read_all, scopes},
    tables::{CLEARED, FOLLOWER, LOG_BLOCKS, LOG_WRITERS, NEEDED, OF_ALL_CLIENTS, STATE, TABLES},
};
use time::OffsetDateTime;

/// Copies all that `source` has into `target`, which is closed to all programs until both were read again and compared.
/// When it was interrupted, it is called again and goes on. `unfollowed` are the entries that no server has followed at
/// the source.
///
/// # Errors
/// When servers are at work, the target holds something else, a database fails, or the copy is not the same.
pub async fn move_all(
    source: &mut dyn RawTables,
    target: &mut dyn RawTables,
    unfollowed: Unfollowed,
    now: OffsetDateTime,
    progress: &mut (dyn FnMut(MoveProgress) + Send),
) -> Result<MoveSummary, MoveError> {
    let identity = need_quiet(source, Side::Source, now).await?.identity;
    let there = need_quiet(target, Side::Target, now).await?;
    source
        .snapshot()
        .await
        .map_err(MoveError::of(Side::Source))?;
    let mark = mark(source, &identity).await?;
    let was_there = match there.mark {
        Some(found) if found == mark => false,
        Some(found) if found.starts_with(&prefix(&identity)) => {
            return Err(MoveError::SourceChanged);
        }
        Some(_) => return Err(MoveError::OtherMove),
        None if there.identity == identity => true,
        None => {
            need_empty(target).await?;
            let begun = target.begin(&mark, CLEARED).await;
            begun.map_err(MoveError::of(Side::Target))?;
            // No server starts from here on, and one that did before has a lease.
            need_quiet(target, Side::Target, now).await?;
            false
        }
    };
    let mut moving = Moving {
        source,
        target,
        progress,
        done: 0,
        total: 0,
        is_comparing: was_there,
    };
    let counts = moving.count().await?;
    if !was_there {
        for table in TABLES {
            moving.copy(table).await?;
        }
    }
    moving.is_comparing = true;
    moving.done = 0;
    let tables = moving.compare(&counts).await?;
    let (source, target) = (moving.source, moving.target);
    if was_there {
        compare_ends(source, target).await?;
    } else {
        need_unchanged(source, &identity, &mark, now).await?;
        let position = target.position().await;
        let position = position.map_err(MoveError::of(Side::Target))?;
        let blocks = tables.iter().find(|moved| moved.table == LOG_BLOCKS.name);
        let has_blocks = blocks.is_some_and(|moved| moved.rows > 0);
        let ending = Ending::read(source, &position, unfollowed, has_blocks).await?;
        let finished = target.finish(&ending).await;
        finished.map_err(MoveError::of(Side::Target))?;
    }
    let (sequence, seal) = end_of_trail(source).await?;
    source
        .release()
        .await
        .map_err(MoveError::of(Side::Source))?;
    Ok(MoveSummary {
        store: identity,
        was_there,
        sequence,
        seal,
        tables,
    })
}

/// Fails when servers are at work, or the schema is another one.
async fn need_quiet(
    database: &mut dyn RawTables,
    side: Side,
    now: OffsetDateTime,
) -> Result<Look, MoveError> {
    let look = database.look(now).await.map_err(MoveError::of(side))?;
    if !look.is_known {
        return Err(MoveError::UnknownSchema(side));
    }
    match look.holders.is_empty() {
        true => Ok(look),
        false => Err(MoveError::Running {
            side,
            holders: look.holders,
        }),
    }
}

async fn need_empty(target: &mut dyn RawTables) -> Result<(), MoveError> {
    let failed = MoveError::of(Side::Target);
    target.snapshot().await.map_err(&failed)?;
    for table in NEEDED {
        if target.count(table).await.map_err(&failed)? > 0 {
            return Err(MoveError::OtherStore);
        }
    }
    // One of them is for all clients.
    if target.count(OF_ALL_CLIENTS).await.map_err(&failed)? > 1 {
        return Err(MoveError::OtherStore);
    }
    target.release().await.map_err(&failed)
}

fn prefix(identity: &str) -> String {
    format!("move {identity} ")
}

/// Returns by what an interrupted move is known again: a server that works with the source changes it.
async fn mark(source: &mut dyn RawTables, identity: &str) -> Result<String, MoveError> {
    let mut digest = TableDigest::default();
    for table in [&STATE, &LOG_WRITERS, &FOLLOWER] {
        for record in read_all(source, Side::Source, table).await? {
            digest.add(&record);
        }
    }
    Ok(prefix(identity) + &digest.hex())
}

/// Looks at the source as it is now, and stays there.
async fn need_unchanged(
    source: &mut dyn RawTables,
    identity: &str,
    expected: &str,
    now: OffsetDateTime,
) -> Result<(), MoveError> {
    let failed = MoveError::of(Side::Source);
    source.release().await.map_err(&failed)?;
    need_quiet(source, Side::Source, now).await?;
    source.snapshot().await.map_err(&failed)?;
    match mark(source, identity).await? == expected {
        true => Ok(()),
        false => Err(MoveError::SourceChanged),
    }
}

/// Compares what is put in its place at the end.
async fn compare_ends(
    source: &mut dyn RawTables,
    target: &mut dyn RawTables,
) -> Result<(), MoveError> {
    let failed = MoveError::at(Side::Target, STATE.name);
    let before = read_all(source, Side::Source, &STATE).await?;
    target.snapshot().await.map_err(&failed)?;
    let after = read_all(target, Side::Target, &STATE).await?;
    target.release().await.map_err(&failed)?;
    match before == after {
        true => Ok(()),
        false => Err(MoveError::Differs {
            table: STATE.name,
            source_rows: before.len() as u64,
            target_rows: after.len() as u64,
        }),
    }
}

async fn end_of_trail(source: &mut dyn RawTables) -> Result<(i64, Option<String>), MoveError> {
    let state = read_all(source, Side::Source, &STATE).await?;
    let cell = |name: &str| {
        let column = STATE.columns.iter().position(|column| column.name == name);
        state.first()?.get(column?)
    };
    let sequence = match cell("sequence") {
        Some(Cell::Integer(sequence)) => *sequence,
        _ => 0,
    };
    let seal = match cell("head") {
        Some(Cell::Text(seal)) => Some(seal.clone()),
        _ => None,
    };
    Ok((sequence, seal))
}

/// Both databases, while one is copied into the other.
struct Moving<'a> {
    source: &'a mut dyn RawTables,
    target: &'a mut dyn RawTables,
    progress: &'a mut (dyn FnMut(MoveProgress) + Send),
    done: u64,
    total: u64,
    is_comparing: bool,
}

impl Moving<'_> {
    /// Returns how many rows each table of the source has.
    async fn count(&mut self) -> Result<Vec<u64>, MoveError> {
        let mut counts = Vec::new();
        for table in TABLES {
            let count = self.source.count(table).await;
            counts.push(count.map_err(MoveError::at(Side::Source, table.name))?);
        }
        self.total = counts.iter().sum();
        Ok(counts)
    }

    fn tell(&mut self, table: &Table, rows: u64) {
        self.done = self.done.saturating_add(rows).min(self.total);
        (self.progress)(MoveProgress {
            is_comparing: self.is_comparing,
            table: table.name,
            done: self.done,
            total: self.total,
        });
    }

    async fn copy(&mut self, table: &Table) -> Result<(), MoveError> {
        let reached = self.reached(table).await?;
        let clients = scopes(self.source, Side::Source, table).await?;
        for client in clients {
            let after = match &reached {
                // Clients come in the order of their ids, so those before the last one have all.
                Some(reached) if client < reached.client => continue,
                Some(reached) if client == reached.client => reached.place.clone(),
                _ => None,
            };
            self.copy_scope(table, client.as_deref(), after).await?;
        }
        Ok(())
    }

    /// Returns up to where an interrupted move has copied a table.
    async fn reached(&mut self, table: &Table) -> Result<Option<Reached>, MoveError> {
        let failed = MoveError::at(Side::Target, table.name);
        self.target.snapshot().await.map_err(&failed)?;
        let rows = self.target.count(table).await.map_err(&failed)?;
        let mut reached = None;
        if rows > 0 {
            let clients = scopes(self.target, Side::Target, table).await?;
            let client = clients.into_iter().next_back().flatten();
            let place = match table.has_one_order() {
                true => self.target.last(table, client.as_deref()).await,
                false => Ok(None),
            };
            let place = place.map_err(&failed)?;
            reached = Some(Reached { client, place });
        }
        self.target.release().await.map_err(&failed)?;
        self.tell(table, rows);
        Ok(reached)
    }

    async fn copy_scope(
        &mut self,
        table: &Table,
        client: Option<&str>,
        after: Option<Vec<Cell>>,
    ) -> Result<(), MoveError> {
        let mut pages = Pages::new(table, client, after);
        while let Some(records) = pages.next(self.source, Side::Source).await? {
            let written = self.target.write(table, &records).await;
            written.map_err(MoveError::at(Side::Target, table.name))?;
            self.tell(table, records.len() as u64);
        }
        Ok(())
    }

    /// Reads both databases again.
    async fn compare(&mut self, counts: &[u64]) -> Result<Vec<MovedTable>, MoveError> {
        let failed = MoveError::of(Side::Target);
        self.target.snapshot().await.map_err(&failed)?;
        let mut moved = Vec::new();
        for (table, count) in TABLES.iter().zip(counts) {
            let before = digest(self.source, Side::Source, table).await?;
            if before.rows != *count {
                return Err(MoveError::Incomplete {
                    table: table.name,
                    side: Side::Source,
                    rows: *count,
                    read: before.rows,
                });
            }
            let after = digest(self.target, Side::Target, table).await?;
            if before != after {
                return Err(MoveError::Differs {
                    table: table.name,
                    source_rows: before.rows,
                    target_rows: after.rows,
                });
            }
            self.tell(table, before.rows);
            moved.push(MovedTable {
                table: table.name,
                rows: before.rows,
                bytes: before.bytes,
                sha256: before.hex(),
            });
        }
        self.target.release().await.map_err(&failed)?;
        Ok(moved)
    }
}

/// Up to where a table was copied.
struct Reached {
    client: Option<String>,
    /// Nothing where the databases do not agree on an order: all of the client is written again, and left as it is.
    place: Option<Vec<Cell>>,
}
