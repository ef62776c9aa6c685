//! What a database has to implement, and what it takes and gives.

mod append;
mod arrivals;
mod counts;
mod error;
mod log_store;
mod log_values;
mod page;
mod partial_page;
mod pruner;
mod scan_budget;
mod stats;
mod writers;

pub use append::{Append, Appended, CommitStyle};
pub use arrivals::{Arrivals, Position};
pub use counts::{Counts, Tally};
pub use error::LogStoreError;
pub use log_store::LogStore;
pub use log_values::{CountedValues, LogValue, LogValues};
pub use page::{LogPage, PageBuilder};
pub use partial_page::PartialPage;
pub use pruner::LogPruner;
pub use scan_budget::ScanBudget;
pub use stats::{Counted, LogStats};
pub use writers::{Lot, WriterHolder, WriterNumber};
