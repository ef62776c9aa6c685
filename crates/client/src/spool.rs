//! The spool: a folder of segments, which any number of processes share.

mod folder;
mod held;
mod name;
mod owner;
mod queue;
pub(crate) mod record;
mod rejected;
mod segment;
mod writer;

pub(crate) use queue::SpoolQueue;
pub(crate) use rejected::RejectedFile;
