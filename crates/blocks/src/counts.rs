use crate::{
    BlockHeader, Entry, Unreadable, checksum,
    varint::{self, Reader},
};
use central_logger_log_store::{LogId, StatsQuery, entries::Candidate};
use hashbrown::{Equivalent, HashMap};
use uuid::Uuid;

/// How many entries of a block there are of each hour, environment, status and workflow. A block with very
/// many different ones is not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts(Option<Vec<(Labels, Tally)>>);

/// Entries that have the same hour and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<'a> {
    /// The hour in which they were executed, in hours since 1970.
    pub hour: u64,
    /// Their environment.
    pub environment: &'a str,
    /// Their status.
    pub status: &'a str,
    /// Their workflow.
    pub workflow: Option<&'a str>,
    /// How many they are.
    pub entries: u64,
    /// The id of the last one.
    pub last: LogId,
}

impl<'a> Counted<'a> {
    /// Returns what a filter of labels looks at.
    pub fn candidate(&self) -> Candidate<'a> {
        Candidate {
            environment: self.environment,
            status: self.status,
            workflow: self.workflow,
            message: None,
            extra: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Labels {
    hour: u64,
    environment: String,
    status: String,
    workflow: Option<String>,
}

/// The labels of an entry, to look for theirs without a copy: most have been counted before.
#[derive(Hash)]
struct LabelsOf<'a> {
    hour: u64,
    environment: &'a str,
    status: &'a str,
    workflow: Option<&'a str>,
}

impl LabelsOf<'_> {
    fn to_labels(&self) -> Labels {
        Labels {
            hour: self.hour,
            environment: self.environment.to_owned(),
            status: self.status.to_owned(),
            workflow: self.workflow.map(str::to_owned),
        }
    }
}

impl Equivalent<Labels> for LabelsOf<'_> {
    fn equivalent(&self, labels: &Labels) -> bool {
        self.hour == labels.hour
            && self.environment == labels.environment
            && self.status == labels.status
            && self.workflow == labels.workflow.as_deref()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tally {
    entries: u64,
    last: LogId,
}

/// Counts entries of a block.
pub(crate) struct Counting(Option<HashMap<Labels, Tally>>);

const HOUR_MS: u64 = 3_600_000;

impl Counts {
    /// The most different hours and labels of a block that is counted.
    pub const MAX: usize = 4096;
    const FORM: u8 = 1;

    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Goes through the counts, earlier hours first. `None` when the entries are not counted: then they
    /// have to be looked at.
    pub fn iter(&self) -> Option<impl Iterator<Item = Counted<'_>>> {
        let counts = self.0.as_ref()?;
        Some(counts.iter().map(|(labels, tally)| Counted {
            hour: labels.hour,
            environment: &labels.environment,
            status: &labels.status,
            workflow: labels.workflow.as_deref(),
            entries: tally.entries,
            last: tally.last,
        }))
    }

    /// Returns the counts of the entries that `query` asks for, before any filter but that of time, each
    /// within one of its buckets. `None` when they are not known: when the entries are not counted, or the
    /// query tells apart what was executed in one hour.
    pub fn within(&self, header: &BlockHeader, query: &StatsQuery) -> Option<Vec<Counted<'_>>> {
        let asked = query.ids();
        let mut counts = Vec::new();
        for counted in self.iter()? {
            let begin = counted.hour * HOUR_MS;
            let first = LogId::first_of(begin.max(header.first.executed_at_ms()));
            let end = (begin + HOUR_MS).min(header.last.executed_at_ms() + 1);
            let last = LogId::first_of(end - 1);
            if asked.end <= first || LogId::first_of(end) <= asked.start {
                continue;
            }
            let is_asked_for = asked.start <= first && LogId::first_of(end) <= asked.end;
            if !is_asked_for || query.bucket_of(first) != query.bucket_of(last) {
                return None;
            }
            counts.push(counted);
        }
        Some(counts)
    }

    /// Returns the bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![Self::FORM, u8::from(self.0.is_some())];
        let mut hour = 0;
        for (labels, tally) in self.0.iter().flatten() {
            varint::put(&mut bytes, labels.hour - hour);
            hour = labels.hour;
            varint::put_text(&mut bytes, &labels.environment);
            varint::put_text(&mut bytes, &labels.status);
            varint::put_optional(&mut bytes, labels.workflow.as_deref());
            varint::put(&mut bytes, tally.entries);
            bytes.extend_from_slice(tally.last.as_uuid().as_bytes());
        }
        checksum::seal(bytes)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has made.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let bytes = checksum::unseal(bytes).ok_or(Unreadable::Checksum)?;
        let mut reader = Reader::new(bytes);
        let form = reader.byte()?;
        if form > Self::FORM {
            return Err(Unreadable::Later(form));
        }
        if reader.byte()? == 0 {
            return reader.end().map(|()| Self::none());
        }
        let (mut counts, mut hour) = (Vec::new(), 0_u64);
        while !reader.is_at_end() {
            let since = reader.number()?;
            hour = hour
                .checked_add(since)
                .filter(|hour| *hour <= LAST_HOUR)
                .ok_or(TOO_LATE)?;
            let labels = Labels {
                hour,
                environment: reader.text()?.to_owned(),
                status: reader.text()?.to_owned(),
                workflow: reader.optional()?.map(str::to_owned),
            };
            let tally = Tally {
                entries: reader.number()?,
                last: Uuid::from_bytes(reader.array()?).into(),
            };
            counts.push((labels, tally));
        }
        Ok(Self(Some(counts)))
    }
}

/// The last hour that an id can name.
const LAST_HOUR: u64 = (1 << 48) / HOUR_MS;
const TOO_LATE: Unreadable = Unreadable::Contents("it has an hour beyond all times");

impl Counting {
    pub(crate) fn new() -> Self {
        Self(Some(HashMap::new()))
    }

    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        let Some(counts) = &mut self.0 else {
            return;
        };
        let labels = LabelsOf {
            hour: entry.id.executed_at_ms() / HOUR_MS,
            environment: entry.environment,
            status: entry.status,
            workflow: entry.workflow,
        };
        if let Some(tally) = counts.get_mut(&labels) {
            tally.entries += 1;
            tally.last = tally.last.max(entry.id);
            return;
        }
        let first = Tally {
            entries: 1,
            last: entry.id,
        };
        counts.insert(labels.to_labels(), first);
        if counts.len() > Counts::MAX {
            self.0 = None;
        }
    }

    pub(crate) fn build(self) -> Counts {
        Counts(self.0.map(|counts| {
            let mut counts: Vec<_> = counts.into_iter().collect();
            counts.sort_by(|(a, _), (b, _)| a.cmp(b));
            counts
        }))
    }
}
