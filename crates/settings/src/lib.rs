#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerting;
mod console;
mod database_settings;
mod deliver_folder;
mod flags;
mod intake;
mod lease;
mod listening;
mod mail;
mod origin;
mod public_url;
mod rotation;
mod secret_scanning;
mod security_contact;
mod session_lengths;
mod setting;
mod setting_error;
mod settings;
mod static_keys;
mod stop_delay;
mod switch;
mod tls;

pub use alerting::Alerting;
pub use console::serves_console;
pub use database_settings::{InvalidDatabaseWait, open_options};
pub use deliver_folder::deliver_folder;
pub use flags::Flags;
pub use intake::IntakeSettings;
pub use lease::{InvalidLeaseLength, LeaseLength};
pub use listening::Listening;
pub use mail::mailer;
pub use origin::{Found, Origin};
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use rotation::RotationSettings;
pub use secret_scanning::secret_scanning_url;
pub use security_contact::{InvalidSecurityContact, SecurityContact};
pub use session_lengths::{InvalidSessionLength, session_lengths};
pub use setting::{Environment, Setting};
pub use setting_error::SettingError;
pub use settings::Settings;
pub use static_keys::{StaticKeysError, StaticSource};
pub use stop_delay::{InvalidStopDelay, StopDelay};
pub use switch::{InvalidSwitch, Switch};
pub use tls::{TlsError, TlsFiles};
