use crate::BlockError;
use central_logger_log_store::{LogId, StoredLog};
use std::{cmp::Reverse, collections::BinaryHeap};

/// Goes through the entries of several sources in the order of their ids. Each source must be in that order.
/// An entry that several have comes once, of the first of them. The first error ends it.
pub fn merged<I>(
    sources: impl IntoIterator<Item = I>,
) -> impl Iterator<Item = Result<StoredLog, BlockError>>
where
    I: Iterator<Item = Result<StoredLog, BlockError>>,
{
    let mut merge = Merge {
        sources: sources
            .into_iter()
            .map(|rest| Source { next: None, rest })
            .collect(),
        nearest: BinaryHeap::new(),
        error: None,
    };
    (0..merge.sources.len()).for_each(|place| merge.advance(place));
    merge
}

struct Merge<I> {
    sources: Vec<Source<I>>,
    /// The ids of the next entries, each with the place of its source: of equal ones the first source comes first.
    nearest: BinaryHeap<Reverse<(LogId, usize)>>,
    error: Option<BlockError>,
}

struct Source<I> {
    next: Option<StoredLog>,
    rest: I,
}

impl<I: Iterator<Item = Result<StoredLog, BlockError>>> Merge<I> {
    /// Reads the next entry of the source in this place.
    fn advance(&mut self, place: usize) {
        let source = &mut self.sources[place];
        source.next = match source.rest.next() {
            Some(Ok(log)) => {
                self.nearest.push(Reverse((log.id, place)));
                Some(log)
            }
            Some(Err(error)) => {
                self.error.get_or_insert(error);
                None
            }
            None => None,
        };
    }
}

impl<I: Iterator<Item = Result<StoredLog, BlockError>>> Iterator for Merge<I> {
    type Item = Result<StoredLog, BlockError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            self.nearest.clear();
            return Some(Err(error));
        }
        let Reverse((id, place)) = self.nearest.pop()?;
        let found = self.sources[place].next.take();
        self.advance(place);
        while let Some(&Reverse((other, place))) = self.nearest.peek()
            && other == id
        {
            self.nearest.pop();
            self.advance(place);
        }
        found.map(Ok)
    }
}
