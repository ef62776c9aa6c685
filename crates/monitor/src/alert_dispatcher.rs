use crate::{
    AlertCounts, AlertMail, DeliveryError, Webhook,
    alert_mail::{LetterError, Reader},
    alert_text,
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

/// Delivers alerts that are stored to [`Webhook`]s and by [mail](AlertMail), again and again until each receiver
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
    webhooks: Vec<Posted>,
    mail: Option<AlertMail>,
    clock: Arc<dyn Clock>,
    /// Who has taken an alert that others have not.
    taken: Mutex<BTreeSet<(AlertId, Receiver)>>,
    counts: Arc<AlertCounts>,
}

/// A webhook that alerts are posted to.
struct Posted {
    webhook: Webhook,
    /// The time from which it may be asked again, by the time since the start of the clock.
    left_alone_until: Mutex<StdDuration>,
}

/// Who gets an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Receiver {
    /// The webhook of that number.
    Webhook(usize),
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
        Self::of(store, vec![webhook], None, clock)
    }

    /// Returns a dispatcher of the alerts in `store`, to all who get them.
    pub fn of(
        store: Arc<dyn AlertStore>,
        webhooks: Vec<Webhook>,
        mail: Option<AlertMail>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            webhooks: webhooks.into_iter().map(Posted::new).collect(),
            mail,
            clock,
            taken: Mutex::default(),
            counts: Arc::default(),
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

    /// Tries to deliver each alert that is due, until one is taken by nobody.
    ///
    /// # Errors
    /// When the store is not available or fails; failures of the receiver are noted in the store.
    pub async fn deliver_due(&self) -> Result<(), ActivityError> {
        loop {
            if self.is_left_alone() {
                return Ok(());
            }
            let now = self.clock.now();
            let Some(alert) = self.store.due_delivery(now, now + Self::HOLD).await? else {
                return Ok(());
            };
            let (sent, is_taken) = self.send(&alert).await;
            let delivery = self.note(&alert, &sent);
            self.store.set_delivery(&alert.id, &delivery).await?;
            if sent.is_err() && !is_taken {
                return Ok(());
            }
        }
    }

    /// Whether nobody may be asked now.
    fn is_left_alone(&self) -> bool {
        let now = self.clock.elapsed();
        let mut webhooks = self.webhooks.iter();
        self.mail.is_none() && webhooks.all(|posted| posted.wait(now).is_some())
    }

    /// Sends to all who have not taken it, whether others fail or not, and says whether one of them took it.
    async fn send(&self, alert: &Alert) -> (Result<(), DeliveryError>, bool) {
        let (mut sent, mut is_taken) = (Ok(()), false);
        for (number, posted) in self.webhooks.iter().enumerate() {
            if self.has_taken(alert, Receiver::Webhook(number)) {
                continue;
            }
            let outcome = self.post(posted, alert).await;
            let outcome = outcome.map_err(|error| error.of(&posted.webhook));
            self.note_taken(alert, Receiver::Webhook(number), outcome.is_ok());
            is_taken |= outcome.is_ok();
            sent = sent.and(outcome);
        }
        if let Some(mail) = &self.mail {
            let outcome = self.mail(mail, alert).await;
            is_taken |= outcome.is_ok();
            sent = sent.and(outcome.map_err(|error| DeliveryError::Mail(Box::new(error))));
        }
        if sent.is_ok() {
            self.taken().retain(|(id, _)| *id != alert.id);
        }
        (sent, is_taken)
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

    async fn post(&self, posted: &Posted, alert: &Alert) -> Result<(), DeliveryError> {
        let webhook = &posted.webhook;
        if let Some(error) = posted.wait(self.clock.elapsed()) {
            return Err(error);
        }
        let message = Message {
            r#type: "alert.raised",
            timestamp: alert.first_at,
            data: alert,
        };
        let body = match webhook.format().body(&alert_text::line(alert)) {
            Some(text) => text.to_string(),
            None => serde_json::to_string(&message)?,
        };
        let sent = webhook
            .send(alert.id.as_str(), self.clock.now(), &body)
            .await;
        if let Err(error) = &sent {
            posted.leave_alone(self.clock.elapsed(), error);
        }
        sent
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

impl Posted {
    fn new(webhook: Webhook) -> Self {
        Self {
            webhook,
            left_alone_until: Mutex::default(),
        }
    }

    /// Why it may not be asked yet, if it has said so.
    fn wait(&self, now: StdDuration) -> Option<DeliveryError> {
        let until = *self.left_alone_until();
        let wait = until.checked_sub(now).filter(|wait| !wait.is_zero())?;
        Some(DeliveryError::LeftAlone(wait.try_into().ok()?))
    }

    fn leave_alone(&self, now: StdDuration, error: &DeliveryError) {
        if let Some(wait) = error.wait() {
            *self.left_alone_until() = now + wait.unsigned_abs();
        }
    }

    fn left_alone_until(&self) -> MutexGuard<'_, StdDuration> {
        let until = self.left_alone_until.lock();
        until.unwrap_or_else(PoisonError::into_inner)
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
            .field("webhooks", &self.webhooks.len())
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
