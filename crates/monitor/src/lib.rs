#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alert_counts;
mod alert_dispatcher;
mod alert_mail;
mod alert_text;
mod detectors;
mod episodes;
mod failing_networks;
mod finding;
mod key_records;
mod network;
mod thresholds;
mod usage;
mod usage_accumulator;
mod watch;
mod webhook;
mod window;

pub use alert_counts::AlertCounts;
pub use alert_dispatcher::AlertDispatcher;
pub use alert_mail::AlertMail;
pub use thresholds::{InvalidThreshold, Threshold, Thresholds};
pub use usage::UsageCounter;
pub use watch::{Watch, WatchError};
pub use webhook::{
    DeliveryError, EgressPolicy, InvalidEgressPolicy, SecretsError, Webhook, WebhookError,
};
