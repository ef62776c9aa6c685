//! The logs: what was counted, and the entries.

mod entry;
mod page;

pub(crate) use entry::entry;
pub(crate) use page::page;
