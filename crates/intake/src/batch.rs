//! The entries of one request, and what became of each.

use crate::{
    Refusal,
    draft::{Drafted, Origin, Target},
};
use central_logger_log_store::{
    LogEntry, LogId, Submission,
    entries::{EventDigest, ExecutedAt},
};
use time::OffsetDateTime;

/// What one request brings, in the order in which it was sent: entries, and what cannot become one.
///
/// # Examples
///
/// ```
/// use central_logger_intake::{Head, named};
/// use time::OffsetDateTime;
///
/// let elastic = named("elastic").ok_or("it is in the table")?;
/// let body = b"{\"index\":{}}\n{\"message\":\"disk full\"}\n{\"delete\":{\"_id\":\"7\"}}\n";
/// let head = Head::new("POST", "/_bulk", "").with_header("content-type", b"application/json");
/// let batch = elastic.read(&head, body, OffsetDateTime::now_utc())?;
/// assert_eq!(batch.len(), 2);
/// assert!(batch.fault().is_some());
/// let (entries, _) = batch.into_parts();
/// assert_eq!(entries.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Batch {
    items: Vec<Item>,
    size: usize,
    /// How much was written, also for entries that are refused.
    written: usize,
}

#[derive(Debug)]
struct Item {
    name: Option<ItemName>,
    entry: Result<LogEntry, String>,
    /// Of an entry, or of what was to be one.
    origin: Option<Origin>,
}

impl Item {
    fn event_without_time(&self) -> Option<EventDigest> {
        let origin = self.origin.filter(|origin| !origin.has(Target::Time))?;
        origin.event.filter(|_| self.entry.is_ok())
    }
}

/// How a protocol names one item of a request in its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemName {
    /// What was asked for, such as `create`.
    pub action: &'static str,
    /// The name of the index.
    pub index: Option<String>,
    /// The sender's id of it.
    pub id: Option<String>,
}

/// What became of each item of a [`Batch`].
///
/// # Examples
///
/// ```
/// use central_logger_intake::Stored;
///
/// assert_eq!(Stored::default().refused(), 0);
/// ```
#[derive(Debug, Default)]
pub struct Stored {
    /// In the order in which they were sent.
    pub items: Vec<StoredItem>,
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredItem {
    /// How the protocol names it.
    pub name: Option<ItemName>,
    /// Its id, or why it is not stored.
    pub outcome: Result<Option<LogId>, String>,
}

impl Batch {
    /// The most entries in one request.
    pub const MAX_ENTRIES: usize = Submission::MAX_ENTRIES;
    /// The most that all entries of a request weigh, in bytes: what is said once of many entries is stored
    /// with each.
    pub const MAX_SIZE: usize = 64 * 1024 * 1024;

    pub(crate) fn push(&mut self, drafted: Drafted) -> Result<(), Refusal> {
        self.push_named(None, drafted)
    }

    pub(crate) fn push_named(
        &mut self,
        name: Option<ItemName>,
        drafted: Drafted,
    ) -> Result<(), Refusal> {
        let weight = drafted.entry.as_ref().map(LogEntry::weight).ok();
        self.size += weight.unwrap_or(0);
        self.written += weight.unwrap_or(drafted.attributes_len);
        if self.written > Self::MAX_SIZE {
            return Err(Refusal::too_large(
                "The entries have more than 64 MiB with all that is said of several at once: send \
                 them in several requests",
            ));
        }
        self.push_item(name, drafted.entry, Some(drafted.origin))
    }

    /// Adds what cannot become an entry.
    pub(crate) fn push_fault(
        &mut self,
        name: Option<ItemName>,
        detail: impl Into<String>,
    ) -> Result<(), Refusal> {
        self.push_item(name, Err(detail.into()), None)
    }

    fn push_item(
        &mut self,
        name: Option<ItemName>,
        entry: Result<LogEntry, String>,
        origin: Option<Origin>,
    ) -> Result<(), Refusal> {
        if self.items.len() == Self::MAX_ENTRIES {
            let detail = "The body has more than 10,000 entries: send them in several requests";
            return Err(Refusal::too_large(detail));
        }
        self.items.push(Item {
            name,
            entry,
            origin,
        });
        Ok(())
    }

    /// Returns how many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns how much the entries weigh, in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the refusal of the whole for the first item that cannot become an entry.
    pub fn fault(&self) -> Option<Refusal> {
        let faults = self.items.iter().enumerate();
        let mut faults =
            faults.filter_map(|(index, item)| Some((index, item.entry.as_ref().err()?)));
        let (index, detail) = faults.next()?;
        Some(Refusal::of_entry(index, detail))
    }

    /// Refuses entries whose ids lie before `kept_from`, since they would be removed at once.
    pub fn refuse_before(&mut self, kept_from: LogId, detail: &str) {
        for item in &mut self.items {
            if matches!(&item.entry, Ok(entry) if entry.id() < kept_from) {
                item.entry = Err(detail.to_owned());
            }
        }
    }

    /// Returns whether the same body is the same request sent again: every entry brings an id, or a time
    /// that is finer than a second. Times that all lie at whole seconds may be of a clock that is no finer.
    pub fn is_repeatable(&self) -> bool {
        let mut origins = self.items.iter().filter_map(|item| item.origin);
        let is_fine = origins.clone().all(|origin| origin.is_fine);
        is_fine && origins.any(|origin| origin.is_within_a_second)
    }

    /// Returns the events whose sender tells an id and no time, in their order.
    pub fn events_without_time(&self) -> Vec<EventDigest> {
        let events = self.items.iter().filter_map(Item::event_without_time);
        events.collect()
    }

    /// Gives the events without a time those at which they were first sent, in their order.
    #[must_use]
    pub fn first_sent(mut self, times: &[OffsetDateTime], now: OffsetDateTime) -> Self {
        let items = self.items.iter_mut();
        let items = items.filter(|item| item.event_without_time().is_some());
        for (item, time) in items.zip(times) {
            let unix_ns = u64::try_from(time.unix_timestamp_nanos()).unwrap_or_default();
            if let (Ok(entry), Ok(time)) = (&mut item.entry, ExecutedAt::from_unix_ns(unix_ns, now))
            {
                entry.move_to(time);
            }
        }
        self
    }

    /// The entries, and what is known of each.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&LogEntry, &Origin)> {
        let items = self.items.iter();
        items.filter_map(|item| Some((item.entry.as_ref().ok()?, item.origin.as_ref()?)))
    }

    /// Makes each entry anew by `change`, which gets it and what is known of it.
    pub(crate) fn changed(
        self,
        change: impl Fn(LogEntry, Origin) -> Drafted,
    ) -> Result<Self, Refusal> {
        let mut changed = Self::default();
        for item in self.items {
            match (item.entry, item.origin) {
                (Ok(entry), Some(origin)) => {
                    changed.push_named(item.name, change(entry, origin))?
                }
                (entry, origin) => changed.push_item(item.name, entry, origin)?,
            }
        }
        Ok(changed)
    }

    /// Returns the entries, and what the answer is made from when they are stored.
    pub fn into_parts(self) -> (Vec<LogEntry>, Stored) {
        let mut entries = Vec::with_capacity(self.items.len());
        let items = self.items.into_iter().map(|Item { name, entry, .. }| {
            let outcome = entry.map(|entry| {
                entries.push(entry);
                None
            });
            StoredItem { name, outcome }
        });
        let items = items.collect();
        (entries, Stored { items })
    }
}

impl Stored {
    /// Gives the items that are stored their ids, in their order.
    #[must_use]
    pub fn stored(mut self, ids: &[LogId]) -> Self {
        let taken = self
            .items
            .iter_mut()
            .filter_map(|item| item.outcome.as_mut().ok());
        for (outcome, id) in taken.zip(ids) {
            *outcome = Some(*id);
        }
        self
    }

    /// Returns how many items are refused.
    pub fn refused(&self) -> usize {
        let refused = self.items.iter().filter(|item| item.outcome.is_err());
        refused.count()
    }

    /// Returns why the first refused item is.
    pub fn first_fault(&self) -> Option<&str> {
        let mut faults = self
            .items
            .iter()
            .filter_map(|item| item.outcome.as_ref().err());
        faults.next().map(String::as_str)
    }
}
