use central_logger_auth::{AuthEvent, EventSink};
use central_logger_key_store::{KeyAdmin, KeyStoreError, KeyUse, Report};
use central_logger_keys::KeyId;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};

/// When and whence keys were last used: noted in memory, stored every so often in one statement.
///
/// Each thread notes in a part of its own, so that threads that serve requests do not wait for each
/// other.
#[derive(Debug, Default)]
pub struct LastUse([Part; PARTS]);

/// As many threads as serve requests on a large machine; more share parts.
const PARTS: usize = 32;

/// Apart by two cache lines, which some processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(Mutex<HashMap<KeyId, Use>>);

#[derive(Debug, Clone, Copy)]
struct Use {
    at: OffsetDateTime,
    address: Option<IpAddr>,
}

impl LastUse {
    /// Notes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores what was noted since the last time. What cannot be stored is kept for the next.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn flush(&self, store: &dyn KeyAdmin) -> Result<(), KeyStoreError> {
        let noted = self.take();
        if noted.is_empty() {
            return Ok(());
        }
        let uses: Vec<_> = noted
            .iter()
            .map(|(id, latest)| KeyUse {
                id: id.clone(),
                at: latest.at,
                from: latest.address.map(network_of),
            })
            .collect();
        let stored = store.record_use(&uses).await;
        if stored.is_err() {
            for (id, latest) in noted {
                self.note(&id, latest);
            }
        }
        stored
    }

    /// [Flushes](Self::flush) for ever, and writes failures to the log.
    pub async fn flush_every(&self, period: Duration, store: &dyn KeyAdmin) {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.flush(store).await {
                let error = Report(&error).to_string();
                tracing::warn!(error, "last uses of keys are not stored yet");
            }
        }
    }

    /// All that was noted.
    fn take(&self) -> HashMap<KeyId, Use> {
        let mut all = HashMap::new();
        for part in &self.0 {
            let noted = std::mem::take(&mut *part.lock());
            for (id, latest) in noted {
                keep_latest(&mut all, &id, latest);
            }
        }
        all
    }

    fn note(&self, id: &KeyId, latest: Use) {
        keep_latest(&mut self.0[part_of_thread()].lock(), id, latest);
    }
}

impl Part {
    fn lock(&self) -> MutexGuard<'_, HashMap<KeyId, Use>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn part_of_thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PART: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PARTS;
    }
    PART.with(|part| *part)
}

fn keep_latest(noted: &mut HashMap<KeyId, Use>, id: &KeyId, latest: Use) {
    match noted.get_mut(id) {
        Some(known) if known.at >= latest.at => {}
        Some(known) => *known = latest,
        None => drop(noted.insert(id.clone(), latest)),
    }
}

impl EventSink for LastUse {
    fn record(&self, event: &AuthEvent<'_>) {
        if let Ok(principal) = event.outcome {
            let latest = Use {
                at: event.at,
                address: event.address,
            };
            self.note(principal.key_id(), latest);
        }
    }
}

/// The network of an address, which is enough to tell whose use it was: /24 in IPv4, /64 in IPv6.
fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_as_wide_as_a_site() {
        for (address, network) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(network_of(address.parse().unwrap()), network);
        }
    }
}
