use crate::{
    entries::{LogId, StoredLog},
    idempotency::{IdempotencyKey, Receipt},
    queries::{LogSearch, Order, StatsQuery},
    store::{
        Append, Appended, Arrivals, CommitStyle, Counted, LogPage, LogPruner, LogStats, LogStore,
        LogStoreError, Lot, PageBuilder, Position, ScanBudget, WriterHolder, WriterNumber,
    },
};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet, btree_map::Entry},
    mem,
    num::ParseIntError,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Logs in memory, gone with the process: for tests.
#[derive(Debug, Default)]
pub struct MemoryLogs(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    logs: BTreeMap<ClientId, BTreeMap<LogId, StoredLog>>,
    /// With the times until which they are remembered.
    receipts: BTreeMap<(ClientId, IdempotencyKey), (Receipt, OffsetDateTime)>,
    writers: Vec<WriterNumber>,
    /// In the order in which they came.
    arrivals: BTreeMap<u64, (ClientId, LogId)>,
    /// The number of entries that have come.
    arrived: u64,
}

/// The number of entries that are deleted at a time.
const STEP: usize = 1000;

impl MemoryLogs {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn append(&mut self, append: &Append) -> Appended {
        if let (Some(claim), Some(receipt)) = (&append.claim, append.receipt()) {
            let name = (append.client.clone(), claim.key.clone());
            let held = self.receipts.get(&name);
            if held.is_some_and(|held| is_remembered(held, append.received_at)) {
                return Appended::Repeated;
            }
            let until = append.received_at + claim.remembered;
            self.receipts.insert(name, (receipt, until));
        }
        for entry in &append.entries {
            let logs = self.logs.entry(append.client.clone()).or_default();
            if let Entry::Vacant(place) = logs.entry(entry.id()) {
                place.insert(StoredLog::new(&append.client, append.received_at, entry));
                self.arrived += 1;
                let arrival = (append.client.clone(), entry.id());
                self.arrivals.insert(self.arrived, arrival);
            }
        }
        Appended::Stored
    }

    /// Returns whether an entry that is no event has the id of another one, here or in the group.
    fn has_taken_id(&self, group: &[Append]) -> bool {
        let mut new = HashSet::new();
        group.iter().any(|append| {
            let held = self.logs.get(&append.client);
            let mut others = append.entries.iter().filter(|e| e.event_id().is_none());
            others.any(|entry| {
                let id = entry.id();
                let is_held = held.is_some_and(|held| held.contains_key(&id));
                is_held || !new.insert((&append.client, id))
            })
        })
    }
}

fn is_remembered((_, until): &(Receipt, OffsetDateTime), now: OffsetDateTime) -> bool {
    *until > now
}

#[async_trait]
impl LogStore for MemoryLogs {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        Append::check_times(&group)?;
        let mut contents = self.lock();
        if contents.has_taken_id(&group) {
            return Err(LogStoreError::IdTaken);
        }
        Ok(group.iter().map(|append| contents.append(append)).collect())
    }

    async fn lend_places(
        &self,
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<Lot, LogStoreError> {
        let writers = &mut self.lock().writers;
        let (lot, lent) = WriterNumber::lend(writers, holder, from, now)?;
        writers.retain(|writer| writer.number != lent.number);
        writers.push(lent);
        Ok(lot)
    }

    fn commit_style(&self) -> CommitStyle {
        CommitStyle {
            in_flight: 1,
            one_client: false,
        }
    }

    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError> {
        let name = (client.clone(), key.clone());
        let contents = self.lock();
        let held = contents.receipts.get(&name);
        let held = held.filter(|held| is_remembered(held, now));
        Ok(held.map(|(receipt, _)| receipt.clone()))
    }

    async fn delete_expired_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        let receipts = &mut self.lock().receipts;
        let before = receipts.len();
        receipts.retain(|_, receipt| is_remembered(receipt, now));
        Ok(before - receipts.len())
    }

    async fn scan(
        &self,
        client: &ClientId,
        search: &LogSearch,
        reach: ScanBudget,
    ) -> Result<LogPage, LogStoreError> {
        let mut page = PageBuilder::new(search.query.limit);
        let Some((first, last)) = search.query.ids() else {
            return Ok(page.build());
        };
        let contents = self.lock();
        let logs = contents.logs.get(client).into_iter();
        let logs = logs.flat_map(|logs| logs.range(first..=last));
        let mut looked_at: Box<dyn Iterator<Item = _>> = match search.query.order {
            Order::Asc => Box::new(logs),
            Order::Desc => Box::new(logs.rev()),
        };
        for (id, log) in looked_at.by_ref().take(reach.entries) {
            if !search.matches(&log.candidate()) {
                page.pass(*id);
            } else if page.push(log.clone()).is_break() {
                return Ok(page.build());
            }
        }
        match looked_at.next() {
            Some(_) => page.cut_short(),
            None => Ok(page.build()),
        }
    }

    async fn count(
        &self,
        client: &ClientId,
        query: &StatsQuery,
        after: Option<LogId>,
        reach: ScanBudget,
    ) -> Result<Counted, LogStoreError> {
        let ids = query.ids();
        let mut stats = LogStats::new(query);
        let contents = self.lock();
        let logs = contents.logs.get(client).into_iter().flatten();
        let mut behind = logs
            .filter(|(id, _)| ids.contains(id) && after.is_none_or(|after| **id > after))
            .peekable();
        let mut last = None;
        for (id, log) in behind.by_ref().take(reach.entries) {
            last = Some(*id);
            stats.look_at(*id, &log.candidate())?;
        }
        Ok(Counted {
            stats,
            last: last.filter(|_| behind.peek().is_some()),
        })
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        let contents = self.lock();
        Ok(contents
            .logs
            .get(client)
            .and_then(|logs| logs.get(&id))
            .cloned())
    }

    async fn get_many(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        let contents = self.lock();
        let logs = contents.logs.get(client);
        let found = logs.map(|logs| ids.iter().filter_map(|id| logs.get(id)).cloned().collect());
        Ok(found.unwrap_or_default())
    }

    async fn position(&self) -> Result<Position, LogStoreError> {
        Ok(Position::new(self.lock().arrived.to_string()))
    }

    async fn position_before(
        &self,
        client: &ClientId,
        id: LogId,
    ) -> Result<Position, LogStoreError> {
        let contents = self.lock();
        let mut arrivals = contents.arrivals.iter();
        let found = arrivals.find(|(_, arrival)| (&arrival.0, arrival.1) == (client, id));
        let before = found.map_or(0, |(number, _)| number - 1);
        Ok(Position::new(before.to_string()))
    }

    async fn arrivals(
        &self,
        client: &ClientId,
        position: &Position,
    ) -> Result<Arrivals, LogStoreError> {
        let before = arrived(position)?;
        let contents = self.lock();
        let new = contents.arrivals.range(before + 1..);
        let mut new = new.filter(|(_, (of, _))| of == client);
        let some: Vec<_> = new.by_ref().take(STEP).collect();
        let has_more = new.next().is_some();
        let last = some.last().map(|(number, _)| **number);
        let position = last.filter(|_| has_more).unwrap_or(contents.arrived);
        Ok(Arrivals {
            ids: some.into_iter().map(|(_, (_, id))| *id).collect(),
            position: Position::new(position.to_string()),
            has_more,
        })
    }

    async fn trim_arrivals(&self, position: &Position) -> Result<usize, LogStoreError> {
        let before = arrived(position)?;
        let arrivals = &mut self.lock().arrivals;
        let kept = arrivals.split_off(&(before + 1));
        Ok(mem::replace(arrivals, kept).len())
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        Ok(())
    }
}

/// Returns how many entries have come up to `position`.
fn arrived(position: &Position) -> Result<u64, LogStoreError> {
    let arrived = position.as_str().parse();
    arrived.map_err(|error: ParseIntError| LogStoreError::Failed(Arc::new(error)))
}

#[async_trait]
impl LogPruner for MemoryLogs {
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        let contents = self.lock();
        let mut clients = contents.logs.keys();
        Ok(clients
            .find(|client| after.is_none_or(|after| *client > after))
            .cloned())
    }

    async fn clients_since(
        &self,
        position: &Position,
    ) -> Result<(Vec<ClientId>, Position), LogStoreError> {
        let before = arrived(position)?;
        let contents = self.lock();
        let new = contents.arrivals.range(before + 1..);
        let clients: BTreeSet<_> = new.map(|(_, (client, _))| client.clone()).collect();
        let position = Position::new(contents.arrived.to_string());
        Ok((clients.into_iter().collect(), position))
    }

    async fn delete(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        let logs = &mut self.lock().logs;
        let Some(of_client) = logs.get_mut(client) else {
            return Ok(0);
        };
        let ids = of_client.keys().copied().take(STEP);
        let ids: Vec<_> = ids
            .take_while(|id| before.is_none_or(|before| *id < before))
            .collect();
        for id in &ids {
            of_client.remove(id);
        }
        if of_client.is_empty() {
            logs.remove(client);
        }
        Ok(ids.len())
    }

    async fn delete_requests(&self, client: &ClientId) -> Result<usize, LogStoreError> {
        let mut contents = self.lock();
        contents.arrivals.retain(|_, (of, _)| of != client);
        let receipts = &mut contents.receipts;
        let before = receipts.len();
        receipts.retain(|(of, _), _| of != client);
        Ok(before - receipts.len())
    }

    async fn maintain_partitions(
        &self,
        _now: OffsetDateTime,
        _ended: Option<LogId>,
    ) -> Result<(), LogStoreError> {
        Ok(())
    }
}
