//! One read for all tails of a client: what one of them has read, the others take.

use super::{Arrived, ClientReads, Tail};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    entries::LogId,
    store::{Arrivals, LogStoreError, Position},
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::{sync::Mutex as AsyncMutex, time::Instant};

/// The feeds of the clients that have tails open.
#[derive(Clone, Default)]
pub(crate) struct Feeds(Arc<Mutex<HashMap<ClientId, Weak<Feed>>>>);

/// What was read last for tails of one client: steps, each of which goes on where the one before ends.
#[derive(Debug, Default)]
pub(super) struct Feed(AsyncMutex<Chain>);

#[derive(Debug, Default)]
struct Chain {
    steps: VecDeque<Arc<Step>>,
    /// Where the last step ends, and when that was read.
    end: Option<(Position, Instant)>,
}

/// What became visible between two positions.
#[derive(Debug)]
pub(super) struct Step {
    from: Position,
    pub(super) arrivals: Arrivals,
    pub(super) read_at: Instant,
    parts: AsyncMutex<HashMap<usize, Arc<[Arc<Arrived>]>>>,
}

/// A step from the position that a tail has reached.
pub(super) enum Next {
    /// This, and whether others follow that were read already.
    Step(Arc<Step>, bool),
    /// The tail has fallen behind what is kept.
    Behind,
}

/// So many steps are kept for tails that are slower than others.
const KEPT: usize = 8;

/// Parts of more bytes are read by each tail for itself.
const PART_BYTES: usize = 128 << 10;

impl Feeds {
    /// The feed of a client, which lives as long as one of its tails.
    pub(super) fn of(&self, client: &ClientId) -> Arc<Feed> {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = feeds.get(client).and_then(Weak::upgrade) {
            return feed;
        }
        feeds.retain(|_, feed| feed.strong_count() > 0);
        let feed = Arc::new(Feed::default());
        feeds.insert(client.clone(), Arc::downgrade(&feed));
        feed
    }
}

impl Feed {
    /// Returns the position behind all that is visible now, from which on all tails that are here take the same steps.
    pub(super) async fn join(&self, reads: &ClientReads) -> Result<Position, LogStoreError> {
        let mut chain = self.0.lock().await;
        if let Some((end, at)) = chain.end.clone()
            && at.elapsed() < Tail::REMEMBERED / 2
        {
            let step = chain.read(reads, end).await?;
            if !step.arrivals.has_more {
                return Ok(step.arrivals.position.clone());
            }
        }
        // Nobody has read for long, or there is more than one step to go.
        let now = reads.position().await?;
        *chain = Chain {
            steps: VecDeque::new(),
            end: Some((now.clone(), Instant::now())),
        };
        Ok(now)
    }

    /// Goes on from a position: by a step that another tail has read, or by one that this reads for all.
    pub(super) async fn next(
        &self,
        reads: &ClientReads,
        from: &Position,
    ) -> Result<Next, LogStoreError> {
        let mut chain = self.0.lock().await;
        let place = chain.steps.iter().position(|step| step.from == *from);
        if let Some(place) = place {
            let is_last = place + 1 == chain.steps.len();
            return Ok(Next::Step(Arc::clone(&chain.steps[place]), !is_last));
        }
        match &chain.end {
            Some((end, _)) if end == from => {
                let step = chain.read(reads, from.clone()).await?;
                Ok(Next::Step(step, false))
            }
            _ => Ok(Next::Behind),
        }
    }
}

impl Chain {
    async fn read(
        &mut self,
        reads: &ClientReads,
        from: Position,
    ) -> Result<Arc<Step>, LogStoreError> {
        let arrivals = reads.arrivals(&from).await?;
        let read_at = Instant::now();
        self.end = Some((arrivals.position.clone(), read_at));
        let is_going_on = arrivals.position != from;
        let step = Arc::new(Step {
            from,
            arrivals,
            read_at,
            parts: AsyncMutex::default(),
        });
        // One that ends where it began has nothing, and would be taken again without end.
        if is_going_on {
            if self.steps.len() == KEPT {
                self.steps.pop_front();
            }
            self.steps.push_back(Arc::clone(&step));
        }
        Ok(step)
    }
}

impl Step {
    /// The entries of a part of the ids that begins at this place.
    pub(super) async fn part(
        &self,
        reads: &ClientReads,
        begin: usize,
        ids: &[LogId],
    ) -> Result<Arc<[Arc<Arrived>]>, LogStoreError> {
        let mut parts = self.parts.lock().await;
        if let Some(part) = parts.get(&begin) {
            return Ok(Arc::clone(part));
        }
        let logs = arrived(reads, ids).await?;
        let bytes = |log: &Arc<Arrived>| {
            let texts = [&log.message, &log.extra].into_iter().flatten();
            texts.map(String::len).sum::<usize>()
        };
        if logs.iter().map(bytes).sum::<usize>() <= PART_BYTES {
            parts.insert(begin, Arc::clone(&logs));
        }
        Ok(logs)
    }
}

/// Reads entries, in the order of their ids as far as they are there.
pub(super) async fn arrived(
    reads: &ClientReads,
    ids: &[LogId],
) -> Result<Arc<[Arc<Arrived>]>, LogStoreError> {
    let read = reads.get_many(ids).await?;
    let mut found: HashMap<_, _> = read.into_iter().map(|log| (log.id, log)).collect();
    let logs = ids.iter().filter_map(|id| found.remove(id));
    Ok(logs.map(|log| Arc::new(Arrived::new(log))).collect())
}
