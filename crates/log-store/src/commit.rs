use crate::LogStoreError;
use std::time::Duration;

/// Told of every commit of an [`Ingestor`](crate::Ingestor). It is called before the answers go out,
/// so it must be quick and must not wait.
pub trait CommitSink: Send + Sync {
    /// Takes note of a commit.
    fn record(&self, commit: &Commit<'_>);
}

/// An attempt to store a group of appends in one transaction.
#[derive(Debug)]
pub struct Commit<'a> {
    /// How many entries there are in the group.
    pub entries: usize,
    /// How long it took.
    pub took: Duration,
    /// Why it failed, if it did; some of the group may then be tried again alone.
    pub error: Option<&'a LogStoreError>,
}
