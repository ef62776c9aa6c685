#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod background;
mod count;
mod due;
mod find;
mod fit;
mod inspection;
mod list;
mod listed;
mod merge;
mod month;
mod opened;
mod pack;
mod removal;
mod scan;
mod seal;
mod sealed;
mod sealer;
mod snapshot;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod totals;

pub use background::seal_logs;
pub use count::count;
pub use due::Which;
pub use find::{events, events_of, find, may_be_in};
pub use inspection::{BrokenBlock, Inspection, inspect};
pub use list::List;
pub use opened::OpenBlocks;
pub use pack::{ENOUGH_FOR_A_BLOCK, FreshBlock, Packed, Place, pack};
pub use removal::delete;
pub use scan::scan;
pub use sealed::Sealed;
pub use sealer::Sealer;
pub use snapshot::{KeptBlock, Snapshot, StoredBlock};
pub use store::{BlockStore, KeptContents, Sealable, Swap, Swapped, Unsealed};
pub use totals::{BlockTotals, LastTotals};
