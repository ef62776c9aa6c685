#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerting;
mod arguments;
mod database;
mod database_settings;
mod database_url;
mod flags;
mod key_service;
mod lease;
mod listening;
mod origin;
mod output_target;
mod public_url;
mod setting;
mod settings;
mod static_keys;
mod stop_delay;
mod switch;
mod tasks;
mod tending;
mod tls;
mod upkeep;

pub use alerting::{AlertFlags, Alerting};
pub use arguments::{parse_arguments, print_usage};
pub use central_logger_postgres::{Months, PoolStatus};
pub use database::{Backend, BackendError};
pub use database_settings::{DatabaseFlags, DatabaseSettings, InvalidDatabaseWait};
pub use database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use flags::Flags;
pub use key_service::{KeyService, KeyServiceBuilder};
pub use lease::{InvalidLeaseLength, LeaseLength};
pub use listening::{ListenFlags, Listening};
pub use origin::{Found, Origin};
pub use output_target::OutputTarget;
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use setting::{Environment, Setting, SettingError};
pub use settings::Settings;
pub use static_keys::{StaticKeysError, StaticSource};
pub use stop_delay::{InvalidStopDelay, StopDelay};
pub use switch::{InvalidSwitch, Switch};
pub use tasks::Tasks;
pub use tls::{TlsError, TlsFiles};

/// The examples of the project's README, which the tests compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

/// Those of the page on embedding, which the tests compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
mod embedding {}
