//! A limit for events from the same place in the code.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tracing::callsite::Identifier;

const WINDOW: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Repeats {
    most: u32,
    seen: Mutex<HashMap<Identifier, Seen>>,
}

#[derive(Debug)]
struct Seen {
    since: Instant,
    count: u32,
    left_out: u64,
}

impl Repeats {
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            seen: Mutex::default(),
        }
    }

    /// Whether an event is logged, and how many were left out before it.
    pub(super) fn admit(&self, callsite: Identifier, now: Instant) -> Option<u64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.entry(callsite).or_insert(Seen {
            since: now,
            count: 0,
            left_out: 0,
        });
        if now.saturating_duration_since(seen.since) >= WINDOW {
            (seen.since, seen.count) = (now, 0);
        }
        if seen.count >= self.most {
            seen.left_out += 1;
            return None;
        }
        seen.count += 1;
        Some(std::mem::take(&mut seen.left_out))
    }
}
