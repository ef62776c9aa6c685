#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerting;
mod database_settings;
mod flags;
mod lease;
mod listening;
mod origin;
mod public_url;
mod setting;
mod setting_error;
mod settings;
mod static_keys;
mod stop_delay;
mod switch;
mod tls;

pub use alerting::Alerting;
pub use database_settings::{InvalidDatabaseWait, open_options};
pub use flags::Flags;
pub use lease::{InvalidLeaseLength, LeaseLength};
pub use listening::Listening;
pub use origin::{Found, Origin};
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use setting::{Environment, Setting};
pub use setting_error::SettingError;
pub use settings::Settings;
pub use static_keys::{StaticKeysError, StaticSource};
pub use stop_delay::{InvalidStopDelay, StopDelay};
pub use switch::{InvalidSwitch, Switch};
pub use tls::{TlsError, TlsFiles};
