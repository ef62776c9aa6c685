use crate::{
    AlertCounts, AlertMail, DeliveryError, Webhook,
    alert_mail::{LetterError, Reader},
};
use central_logger_key_activity::{
    ActivityError, Alert, AlertId, AlertStore, Delivery, DeliveryState,
};
use central_logger_text::Report;
use central_logger_times::Clock;
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration as StdDuration,
};
use time::{Duration, OffsetDateTime};
use tokio::time::{MissedTickBehavior, interval};

/// Delivers alerts that are stored to a [`Webhook`] or by [mail](AlertMail), again and again until each receiver
/// has taken them or [`MOST_ATTEMPTS`](Self::MOST_ATTEMPTS) have failed.
///
/// Due deliveries and their outcomes are kept in the store: nothing is lost with a program that ends, and
/// of several dispatchers each takes other alerts. A receiver may get one twice, with the same id.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_monitor::{EgressPolicy, Webhook, AlertDispatcher};
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
/// let dispatcher = AlertDispatcher::new(store, webhook, Arc::new(SystemClock));
/// dispatcher.deliver_due().await?; // or `run`, without end
/// # Ok(())
/// # }
/// ```
pub struct AlertDispatcher {
    store: Arc<dyn AlertStore>,
    webhook: Option<Webhook>,
    mail: Option<AlertMail>,
    clock: Arc<dyn Clock>,
    /// Who has taken an alert that others have not.
    taken: Mutex<BTreeSet<(AlertId, Receiver)>>,
    counts: Arc<AlertCounts>,
    /// The time from which the receiver may be asked again, by the time since the start of the clock.
    left_alone_until: Mutex<StdDuration>,
}

/// Who gets an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Receiver {
    Webhook,
    Reader(Reader),
}

/// A message in the payload structure of Standard Webhooks.
#[derive(Serialize)]
struct Message<'a> {
    r#type: &'a str,
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
    data: &'a Alert,
}

impl AlertDispatcher {
    /// The interval of looking for alerts that are due.
    pub const INTERVAL: Duration = Duration::seconds(5);
    /// The most attempts, which fail within a day after pauses that double from [`INTERVAL`](Self::INTERVAL)
    /// up to an hour; after longer ones, up to a day, when the receiver says so with `Retry-After`.
    pub const MOST_ATTEMPTS: u32 = 32;

    const LONGEST_PAUSE: Duration = Duration::HOUR;
    /// The time for which no other dispatcher tries what is being tried: longer than an attempt takes.
    const HOLD: Duration = Duration::MINUTE;

    /// Returns a dispatcher of the alerts in `store` to a webhook.
    pub fn new(store: Arc<dyn AlertStore>, webhook: Webhook, clock: Arc<dyn Clock>) -> Self {
        Self::of(store, Some(webhook), None, clock)
    }

    /// Returns a dispatcher of the alerts in `store`, to whoever gets them.
    pub fn of(
        store: Arc<dyn AlertStore>,
        webhook: Option<Webhook>,
        mail: Option<AlertMail>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            webhook,
            mail,
            clock,
            taken: Mutex::default(),
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

    /// Sends to all who have not taken it, whether others fail or not.
    async fn send(&self, alert: &Alert) -> Result<(), DeliveryError> {
        let posted = match &self.webhook {
            Some(webhook) if !self.has_taken(alert, Receiver::Webhook) => {
                let posted = self.post(webhook, alert).await;
                self.note_taken(alert, Receiver::Webhook, posted.is_ok());
                posted
            }
            _ => Ok(()),
        };
        let mailed = match &self.mail {
            Some(mail) => self.mail(mail, alert).await,
            None => Ok(()),
        };
        posted?;
        mailed.map_err(|error| DeliveryError::Mail(Box::new(error)))?;
        self.taken().retain(|(id, _)| *id != alert.id);
        Ok(())
    }

    async fn mail(&self, mail: &AlertMail, alert: &Alert) -> Result<(), LetterError> {
        let mut failed = None;
        for (reader, address, letter) in mail.letters(alert).await? {
            let receiver = Receiver::Reader(reader);
            if self.has_taken(alert, receiver) {
                continue;
            }
            let sent = mail.mailer.send(&address, &letter).await;
            let is_over = match sent {
                Ok(()) => true,
                Err(error) if error.is_passing() => {
                    failed = Some(error);
                    false
                }
                Err(error) => {
                    let error = Report(&error).to_string();
                    tracing::warn!(alert = %alert.id, %address, error, "an alert cannot be mailed");
                    true
                }
            };
            self.note_taken(alert, receiver, is_over);
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    fn has_taken(&self, alert: &Alert, receiver: Receiver) -> bool {
        self.taken().contains(&(alert.id.clone(), receiver))
    }

    fn note_taken(&self, alert: &Alert, receiver: Receiver, is_taken: bool) {
        if is_taken {
            self.taken().insert((alert.id.clone(), receiver));
        }
    }

    fn taken(&self) -> MutexGuard<'_, BTreeSet<(AlertId, Receiver)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn post(&self, webhook: &Webhook, alert: &Alert) -> Result<(), DeliveryError> {
        let message = Message {
            r#type: "alert.raised",
            timestamp: alert.first_at,
            data: alert,
        };
        let body = serde_json::to_string(&message)?;
        let now = self.clock.now();
        webhook.send(alert.id.as_str(), now, &body).await
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
                receiver = self.webhook.as_ref().map(tracing::field::display),
                attempts,
                state = state.as_str(),
                error,
                "an alert could not be delivered"
            );
        }
        if state == DeliveryState::GivenUp {
            self.taken().retain(|(id, _)| *id != alert.id);
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
    let pause = doubled.and_then(|times| AlertDispatcher::INTERVAL.checked_mul(times));
    pause.map_or(AlertDispatcher::LONGEST_PAUSE, |pause| {
        pause.min(AlertDispatcher::LONGEST_PAUSE)
    })
}

impl fmt::Debug for AlertDispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertDispatcher")
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_for_a_day() {
        let pauses: Vec<_> = (1..AlertDispatcher::MOST_ATTEMPTS).map(pause).collect();
        assert_eq!(pauses[..4], [5, 10, 20, 40].map(Duration::seconds));
        assert_eq!(pauses.last(), Some(&Duration::HOUR));
        let all: Duration = pauses.into_iter().sum();
        assert_eq!(all.whole_hours(), 22);
        assert_eq!(pause(u32::MAX), Duration::HOUR);
    }
}
