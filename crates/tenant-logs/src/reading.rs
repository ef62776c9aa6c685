//! Reading in turns, so that no client waits for another's searches.

mod arrived;
mod feed;
mod session;
mod tail;
mod turns;

pub use arrived::Arrived;
pub(crate) use feed::Feeds;
pub(crate) use session::ClientReads;
pub use session::Reading;
pub use tail::{Tail, TailError, Tailed};
pub use turns::ReadTurn;
pub(crate) use turns::ReadTurns;
