//! What a commit brings, put into fresh blocks where that is cheaper than rows.

use crate::{month::month_of, seal::unencodable};
use central_logger_blocks::{BlockBuilder, BlockKind, EncodeError, Encoded, Entry, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, LogEntry, LogId, LogStoreError};
use std::{collections::BTreeMap, ops::Range};

/// From how many entries of one client and month on a commit writes a block instead of rows.
pub const ENOUGH_FOR_A_BLOCK: usize = 64;

/// A group of appends as it is stored.
#[derive(Debug, Default)]
pub struct Packed {
    /// What goes into rows, in the order in which it came.
    pub rows: Vec<Place>,
    /// What goes into blocks.
    pub blocks: Vec<FreshBlock>,
}

/// Where an entry is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of its append.
    pub append: usize,
    /// Its number within this.
    pub entry: usize,
}

/// A fresh block of one client and month.
#[derive(Debug)]
pub struct FreshBlock {
    /// The client.
    pub client: ClientId,
    /// The ids of its entries, in order.
    pub ids: Vec<LogId>,
    /// The block.
    pub encoded: Encoded,
}

impl Place {
    /// Returns the entry that is there, and its append.
    pub fn of(self, group: &[Append]) -> Option<(&Append, &LogEntry)> {
        let append = group.get(self.append)?;
        Some((append, append.entries.get(self.entry)?))
    }
}

/// Puts the entries of a group that are to be stored into blocks where there are at least `enough` of one client
/// and month, and leaves the others for rows. Of events that are there several times, a block has the first.
///
/// This takes its time.
///
/// # Errors
/// [`LogStoreError::IdTaken`] when two entries that are no events have the same id, or when a block cannot be
/// written.
pub fn pack(
    group: &[Append],
    enough: usize,
    is_wanted: impl Fn(usize, &LogEntry) -> bool,
) -> Result<Packed, LogStoreError> {
    let mut packed = Packed::default();
    for ((client, _), places) in by_month(group, is_wanted) {
        match places.len() >= enough {
            true => pack_blocks(group, client, places, &mut packed.blocks)?,
            false => packed.rows.extend(places),
        }
    }
    packed.rows.sort_unstable();
    Ok(packed)
}

fn by_month(
    group: &[Append],
    is_wanted: impl Fn(usize, &LogEntry) -> bool,
) -> BTreeMap<(&ClientId, LogId), Vec<Place>> {
    let mut by_month: BTreeMap<_, Vec<_>> = BTreeMap::new();
    // Most entries lie in the month of the one before.
    let mut month: Option<Range<LogId>> = None;
    for (number, append) in group.iter().enumerate() {
        for (entry, log) in append.entries.iter().enumerate() {
            if !is_wanted(number, log) {
                continue;
            }
            let id = log.id();
            let start = match &month {
                Some(month) if month.contains(&id) => month.start,
                _ => month.insert(month_of(id)).start,
            };
            let places = by_month.entry((&append.client, start)).or_default();
            places.push(Place {
                append: number,
                entry,
            });
        }
    }
    by_month
}

fn pack_blocks(
    group: &[Append],
    client: &ClientId,
    places: Vec<Place>,
    blocks: &mut Vec<FreshBlock>,
) -> Result<(), LogStoreError> {
    let mut entries: Vec<_> = places.iter().filter_map(|place| place.of(group)).collect();
    // Of equal ones the first stays the first.
    entries.sort_by_key(|(_, log)| log.id());
    entries.dedup_by(|(_, a), (_, b)| a.id() == b.id() && a.event_id().is_some());
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        let mut builder = BlockBuilder::new(BlockKind::Fresh, client, Limits::default());
        let mut ids = Vec::new();
        while let Some((append, log)) = entries.peek() {
            let entry = Entry::received(log, append.received_at);
            if !builder.has_room_for(&entry) {
                break;
            }
            builder.push(entry).map_err(not_packed)?;
            ids.push(log.id());
            entries.next();
        }
        blocks.push(FreshBlock {
            client: client.clone(),
            ids,
            encoded: builder.finish().map_err(not_packed)?,
        });
    }
    Ok(())
}

fn not_packed(error: EncodeError) -> LogStoreError {
    match error {
        EncodeError::Order => LogStoreError::IdTaken,
        error => unencodable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_log_store::entries::Place as Arrival;
    use time::macros::datetime;

    fn append(client: &str, entries: &[(&str, Option<&str>)]) -> Append {
        let received_at = datetime!(2026-03-01 12:00 UTC);
        let entries = entries.iter().enumerate().map(|(number, (time, event))| {
            let mut builder = LogEntry::builder(received_at);
            builder.environment("e").executed_at(*time).status("s");
            if let Some(event) = event {
                builder.event_id(*event);
            }
            let mut entry = builder.build().unwrap();
            entry.place(Arrival {
                arrival: number as u64,
                writer: 0,
            });
            entry
        });
        Append {
            client: client.parse().unwrap(),
            received_at,
            entries: entries.collect(),
            claim: None,
        }
    }

    const MARCH: &str = "2026-03-01T00:00:00Z";
    const FEBRUARY: &str = "2026-02-28T23:59:59Z";

    #[test]
    fn no_block_crosses_the_border_of_a_month_or_has_entries_of_two_clients() {
        let group = [
            append("acme", &[(MARCH, None), (FEBRUARY, None), (MARCH, None)]),
            append("widget", &[(MARCH, None), (MARCH, None)]),
            append("acme", &[(FEBRUARY, None)]),
        ];
        let packed = pack(&group, 2, |_, _| true).unwrap();
        let sizes: Vec<_> = packed
            .blocks
            .iter()
            .map(|block| (block.client.as_str(), block.encoded.header.entries()))
            .collect();
        assert_eq!(sizes, [("acme", 2), ("acme", 2), ("widget", 2)]);
        assert_eq!(packed.rows, []);
        for block in &packed.blocks {
            let header = &block.encoded.header;
            assert!(month_of(header.first()).contains(&header.last()));
        }
    }

    #[test]
    fn few_entries_stay_rows_in_the_order_in_which_they_came() {
        let group = [
            append("widget", &[(MARCH, None)]),
            append("acme", &[(MARCH, None), (FEBRUARY, None)]),
        ];
        let packed = pack(&group, 2, |_, _| true).unwrap();
        assert!(packed.blocks.is_empty());
        let rows: Vec<_> = packed
            .rows
            .iter()
            .map(|row| (row.append, row.entry))
            .collect();
        assert_eq!(rows, [(0, 0), (1, 0), (1, 1)]);
    }

    #[test]
    fn an_event_is_in_a_block_once_and_not_when_it_is_known() {
        let event = (MARCH, Some("a"));
        let group = [append(
            "acme",
            &[event, (MARCH, None), event, (MARCH, Some("b"))],
        )];
        let packed = pack(&group, 1, |_, _| true).unwrap();
        assert_eq!(packed.blocks[0].ids.len(), 3);
        let known = group[0].entries[0].id();
        let packed = pack(&group, 1, |_, entry| entry.id() != known).unwrap();
        assert_eq!(packed.blocks[0].ids.len(), 2);
        assert!(!packed.blocks[0].ids.contains(&known));
    }

    #[test]
    fn two_entries_of_one_place_are_refused() {
        let mut group = [append("acme", &[(MARCH, None)])];
        let twice = group[0].entries[0].clone();
        group[0].entries.push(twice);
        let packed = pack(&group, 1, |_, _| true);
        assert!(matches!(packed, Err(LogStoreError::IdTaken)));
    }
}
