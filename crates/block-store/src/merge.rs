//! Entries of rows and blocks in the order of their ids.

use crate::{
    Snapshot, StoredBlock,
    listed::Listed,
    opened::open,
    snapshot::{replaced, unreadable},
};
use central_logger_blocks::Scanned;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogSearch, Order, StoredLog};
use std::{collections::VecDeque, ops::RangeInclusive, sync::Arc};
use uuid::Uuid;

/// The most rows that are read at a time.
const ROWS: usize = 256;

/// The entries of one client within a range of ids, in the order asked for.
pub(crate) struct Merge<'a, S> {
    snapshot: &'a S,
    client: &'a ClientId,
    search: Arc<LogSearch>,
    /// The most entries that are asked for.
    most: usize,
    /// Blocks that begin behind all that was given out so far.
    waiting: VecDeque<StoredBlock>,
    open: Vec<VecDeque<Scanned>>,
    rows: VecDeque<StoredLog>,
    /// Where rows are still to be read.
    unread: Option<RangeInclusive<LogId>>,
    range: RangeInclusive<LogId>,
    /// The entry up to which this goes, when there may be more behind it.
    end: Option<LogId>,
}

impl<'a, S: Snapshot> Merge<'a, S> {
    /// Returns the first `most` entries that `search` may ask for, of these blocks and of rows in their range.
    pub(crate) fn of(
        snapshot: &'a S,
        client: &'a ClientId,
        search: &LogSearch,
        listed: Listed,
        most: usize,
    ) -> Self {
        Self {
            snapshot,
            client,
            search: Arc::new(search.clone()),
            most,
            waiting: listed.blocks.into(),
            open: Vec::new(),
            rows: VecDeque::new(),
            unread: Some(listed.range.clone()),
            range: listed.range,
            end: listed.end,
        }
    }

    /// Returns the entry up to which this goes, when there may be more behind it.
    pub(crate) fn end(&self) -> Option<LogId> {
        self.end
    }

    /// Returns the next entry. What is in a row and in a block is there once.
    pub(crate) async fn next(&mut self) -> Result<Option<Scanned>, S::Error> {
        self.read_rows().await?;
        let mut nearest = self.nearest();
        while let Some(block) = self.waiting.front()
            && nearest.is_none_or(|id| !self.is_before(id, start_of(block, self.order())))
        {
            if let Some(block) = self.waiting.pop_front() {
                self.open(&block).await?;
            }
            nearest = self.nearest();
        }
        let Some(id) = nearest.filter(|id| self.range.contains(id)) else {
            return Ok(None);
        };
        let mut found = None;
        for block in &mut self.open {
            if block.front().is_some_and(|entry| id_of(entry) == id) {
                found = block.pop_front();
            }
        }
        self.open.retain(|block| !block.is_empty());
        if self.rows.front().is_some_and(|row| row.id == id) {
            found = self.rows.pop_front().map(|row| judge(&self.search, row));
        }
        Ok(found)
    }

    async fn read_rows(&mut self) -> Result<(), S::Error> {
        let Some(unread) = self.unread.take_if(|_| self.rows.is_empty()) else {
            return Ok(());
        };
        let most = ROWS.min(self.most);
        let rows = self.snapshot.rows(unread.clone(), self.order(), most);
        self.rows = rows.await?.into();
        if let Some(last) = self.rows.back()
            && self.rows.len() == most
        {
            self.unread = behind(last.id, &unread, self.order());
        }
        Ok(())
    }

    async fn open(&mut self, block: &StoredBlock) -> Result<(), S::Error> {
        let opened = open(self.snapshot, self.client, block).await?;
        let opened = opened.ok_or_else(replaced)?;
        let (search, most) = (Arc::clone(&self.search), self.most);
        // More are not asked for.
        let scanning = self.snapshot.compute(move || {
            let scan = opened.scan(&search)?.at_most(most);
            scan.take(most).collect::<Result<VecDeque<_>, _>>()
        });
        let entries = scanning.await?.map_err(unreadable)?;
        if !entries.is_empty() {
            self.open.push(entries);
        }
        Ok(())
    }

    fn nearest(&self) -> Option<LogId> {
        let open = self
            .open
            .iter()
            .filter_map(|block| block.front().map(id_of));
        let ids = open.chain(self.rows.front().map(|row| row.id));
        match self.order() {
            Order::Asc => ids.min(),
            Order::Desc => ids.max(),
        }
    }

    fn order(&self) -> Order {
        self.search.query.order
    }

    fn is_before(&self, id: LogId, other: LogId) -> bool {
        match self.order() {
            Order::Asc => id < other,
            Order::Desc => id > other,
        }
    }
}

pub(crate) fn start_of(block: &StoredBlock, order: Order) -> LogId {
    match order {
        Order::Asc => block.header.first(),
        Order::Desc => block.header.last(),
    }
}

fn id_of(entry: &Scanned) -> LogId {
    match entry {
        Scanned::Found(log) => log.id,
        Scanned::Passed { to, .. } => *to,
    }
}

fn judge(search: &LogSearch, row: StoredLog) -> Scanned {
    match search.matches(&row.candidate()) {
        true => Scanned::Found(row),
        false => Scanned::Passed {
            to: row.id,
            entries: 1,
        },
    }
}

/// Returns what is left of a range behind `id`.
fn behind(id: LogId, range: &RangeInclusive<LogId>, order: Order) -> Option<RangeInclusive<LogId>> {
    let number = id.as_uuid().as_u128();
    let left = match order {
        Order::Asc => Uuid::from_u128(number.checked_add(1)?).into()..=*range.end(),
        Order::Desc => *range.start()..=Uuid::from_u128(number.checked_sub(1)?).into(),
    };
    (!left.is_empty()).then_some(left)
}
