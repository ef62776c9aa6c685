#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alert_counts;
mod courier;
mod detectors;
mod episodes;
mod failing;
mod finding;
mod network;
mod records;
mod tally;
mod thresholds;
mod usage;
mod watch;
mod webhook;
mod window;

pub use alert_counts::AlertCounts;
pub use courier::Courier;
pub use thresholds::{InvalidThreshold, Threshold, Thresholds};
pub use usage::UsageCounter;
pub use watch::{Watch, WatchError};
pub use webhook::{DeliveryError, InvalidReach, Reach, SecretsError, Webhook, WebhookError};
