//! Queries: which entries of a client are asked for.

mod attribute_filter;
mod counted_by;
mod log_filter;
mod log_query;
mod log_search;
mod stats_query;
mod value_filter;
mod values_query;

pub use attribute_filter::AttributeFilter;
pub use counted_by::{CountedBy, InvalidCountedBy};
pub use log_filter::LogFilter;
pub use log_query::{Cursor, InvalidCursor, LogQuery, Order};
pub use log_search::LogSearch;
pub use stats_query::StatsQuery;
pub use value_filter::ValueFilter;
pub use values_query::ValuesQuery;
