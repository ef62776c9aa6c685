use crate::{AlertCounts, DeliveryError, Webhook};
use central_logger_key_activity::{ActivityError, Alert, AlertStore, Delivery, DeliveryState};
use central_logger_text::Report;
use central_logger_times::Clock;
use serde::Serialize;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration as StdDuration,
};
use time::{Duration, OffsetDateTime};
use tokio::time::{MissedTickBehavior, interval};

/// Delivers alerts that are stored to a [`Webhook`], again and again until the receiver takes them or
/// [`MOST_ATTEMPTS`](Self::MOST_ATTEMPTS) have failed.
///
/// Due deliveries and their outcomes are kept in the store: nothing is lost with a program that ends, and
/// of several dispatchers each takes other alerts. A receiver may get one twice, with the same id.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_monitor::{EgressPolicy, Webhook, WebhookDispatcher};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let secrets = folder.path().join("webhook.secrets");
/// std::fs::write(&secrets, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n")?;
/// let webhook = Webhook::new("https://hooks.example.com/4711", &secrets, EgressPolicy::PublicOnly)?;
///
/// let store = Arc::new(MemoryActivity::new());
/// let dispatcher = WebhookDispatcher::new(store, webhook, Arc::new(SystemClock));
/// dispatcher.deliver_due().await?; // or `run`, without end
/// # Ok(())
/// # }
/// ```
pub struct WebhookDispatcher {
    store: Arc<dyn AlertStore>,
    webhook: Webhook,
    clock: Arc<dyn Clock>,
    counts: Arc<AlertCounts>,
    /// The time from which the receiver may be asked again, by the time since the start of the clock.
    left_alone_until: Mutex<StdDuration>,
}

/// A message in the payload structure of Standard Webhooks.
#[derive(Serialize)]
struct Message<'a> {
    r#type: &'a str,
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
    data: &'a Alert,
}

impl WebhookDispatcher {
    /// The interval of looking for alerts that are due.
    pub const INTERVAL: Duration = Duration::seconds(5);
    /// The most attempts, which fail within a day after pauses that double from [`INTERVAL`](Self::INTERVAL)
    /// up to an hour; after longer ones, up to a day, when the receiver says so with `Retry-After`.
    pub const MOST_ATTEMPTS: u32 = 32;

    const LONGEST_PAUSE: Duration = Duration::HOUR;
    /// The time for which no other dispatcher tries what is being tried: longer than an attempt takes.
    const HOLD: Duration = Duration::MINUTE;

    /// Returns a dispatcher of the alerts in `store`.
    pub fn new(store: Arc<dyn AlertStore>, webhook: Webhook, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            webhook,
            clock,
            counts: Arc::default(),
            left_alone_until: Mutex::default(),
        }
    }

    /// Adds attempts to these counts.
    #[must_use]
    pub fn counted_by(mut self, counts: Arc<AlertCounts>) -> Self {
        self.counts = counts;
        self
    }

    /// Delivers again and again, without end, and writes failures to the log.
    pub async fn run(&self) {
        let mut ticks = interval(Self::INTERVAL.unsigned_abs());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let delivered = self.deliver_due().await;
            // Of an outage the store tells by itself.
            if let Some(error) = delivered.err().filter(|error| !error.is_transient()) {
                let error = Report(&error).to_string();
                tracing::warn!(error, "alerts cannot be delivered");
            }
        }
    }

    /// Tries to deliver each alert that is due, until one cannot be delivered.
    ///
    /// # Errors
    /// When the store is not available or fails; failures of the receiver are noted in the store.
    pub async fn deliver_due(&self) -> Result<(), ActivityError> {
        loop {
            if self.clock.elapsed() < *self.left_alone_until() {
                return Ok(());
            }
            let now = self.clock.now();
            let Some(alert) = self.store.due_delivery(now, now + Self::HOLD).await? else {
                return Ok(());
            };
            let sent = self.send(&alert).await;
            let delivery = self.note(&alert, &sent);
            self.store.set_delivery(&alert.id, &delivery).await?;
            if let Err(error) = sent {
                let wait = error.wait().unwrap_or_default().unsigned_abs();
                *self.left_alone_until() = self.clock.elapsed() + wait;
                return Ok(());
            }
        }
    }

    fn left_alone_until(&self) -> MutexGuard<'_, StdDuration> {
        let until = self.left_alone_until.lock();
        until.unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, alert: &Alert) -> Result<(), DeliveryError> {
        let message = Message {
            r#type: "alert.raised",
            timestamp: alert.first_at,
            data: alert,
        };
        let body = serde_json::to_string(&message)?;
        let now = self.clock.now();
        self.webhook.send(alert.id.as_str(), now, &body).await
    }

    fn note(&self, alert: &Alert, sent: &Result<(), DeliveryError>) -> Delivery {
        let before = alert.delivery.as_ref().map_or(0, |last| last.attempts);
        let attempts = before.saturating_add(1);
        let now = self.clock.now();
        let (state, at) = match sent {
            Ok(()) => (DeliveryState::Delivered, now),
            Err(_) if attempts >= Self::MOST_ATTEMPTS => (DeliveryState::GivenUp, now),
            Err(error) => {
                let pause = pause(attempts).max(error.wait().unwrap_or_default());
                (DeliveryState::Pending, now + pause)
            }
        };
        let error = sent.as_ref().err().map(|error| Report(error).to_string());
        if let Some(error) = &error {
            tracing::warn!(
                alert = %alert.id,
                receiver = %self.webhook,
                attempts,
                state = state.as_str(),
                error,
                "an alert could not be delivered"
            );
        }
        self.counts.count_attempt(state);
        Delivery {
            state,
            attempts,
            at,
            error,
        }
    }
}

/// Returns the time from an attempt that failed to the next.
fn pause(attempts: u32) -> Duration {
    let doubled = 2_i32.checked_pow(attempts.saturating_sub(1));
    let pause = doubled.and_then(|times| WebhookDispatcher::INTERVAL.checked_mul(times));
    pause.map_or(WebhookDispatcher::LONGEST_PAUSE, |pause| {
        pause.min(WebhookDispatcher::LONGEST_PAUSE)
    })
}

impl fmt::Debug for WebhookDispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookDispatcher")
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_for_a_day() {
        let pauses: Vec<_> = (1..WebhookDispatcher::MOST_ATTEMPTS).map(pause).collect();
        assert_eq!(pauses[..4], [5, 10, 20, 40].map(Duration::seconds));
        assert_eq!(pauses.last(), Some(&Duration::HOUR));
        let all: Duration = pauses.into_iter().sum();
        assert_eq!(all.whole_hours(), 22);
        assert_eq!(pause(u32::MAX), Duration::HOUR);
    }
}
