//! What requests bring and answers hold, as the description has it, where the types themselves are another
//! crate's or none: those of the stores know nothing of OpenAPI, and parameters are read by `log-store`.
//!
//! Nothing is made of these types. Tests hold them against what is really sent, and their limits against the
//! constants that the code goes by.
#![expect(dead_code, reason = "their fields are only described")]

mod keys;
mod logs;
mod parameters;

pub(crate) use keys::{Alert, Usage};
pub(crate) use logs::{Entries, EntryLines, Log, LogPage, LogStats, LogValues};
pub(crate) use parameters::{
    AlertsQuery, Counting, Direction, ExportFormat, Filters, IdempotencyKey, LastEvent,
    LastEventOfUrl, Limit, Of, Period, UsageOfOwn, Words,
};
