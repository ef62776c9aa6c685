//! Queries: which entries of a client are asked for.

mod content;
mod log_query;
mod log_search;
mod stats_query;

pub use content::Content;
pub use log_query::{Cursor, InvalidCursor, LogQuery, Order};
pub use log_search::LogSearch;
pub use stats_query::{CountedBy, StatsQuery};
