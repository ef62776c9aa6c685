use crate::BlockError;
use central_logger_log_store::StoredLog;
use std::iter::Peekable;

/// Goes through the entries of several sources in the order of their ids. Each source must be in that order.
/// An entry that several have comes once, of the first of them. The first error ends it.
pub fn merged<I>(
    sources: impl IntoIterator<Item = I>,
) -> impl Iterator<Item = Result<StoredLog, BlockError>>
where
    I: Iterator<Item = Result<StoredLog, BlockError>>,
{
    let mut sources: Vec<_> = sources.into_iter().map(Iterator::peekable).collect();
    let mut has_failed = false;
    std::iter::from_fn(move || {
        if has_failed {
            return None;
        }
        let next = next(&mut sources)?;
        has_failed = next.is_err();
        Some(next)
    })
}

fn next<I>(sources: &mut [Peekable<I>]) -> Option<Result<StoredLog, BlockError>>
where
    I: Iterator<Item = Result<StoredLog, BlockError>>,
{
    let mut least = None;
    for (place, source) in sources.iter_mut().enumerate() {
        match source.peek() {
            None => {}
            Some(Err(_)) => return source.next(),
            Some(Ok(log)) if least.is_none_or(|(_, id)| log.id < id) => {
                least = Some((place, log.id))
            }
            Some(Ok(_)) => {}
        }
    }
    let (from, id) = least?;
    let is_same = |next: &Result<StoredLog, _>| matches!(next, Ok(log) if log.id == id);
    let next = sources[from].next();
    for source in sources {
        source.next_if(is_same);
    }
    next
}
