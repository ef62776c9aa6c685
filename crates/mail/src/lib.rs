#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod address;
mod error;
mod hourly_limit;
mod letter;
mod mailer;
mod smtp_url;
mod template;
#[cfg(feature = "testing")]
pub mod testing;

pub use address::{InvalidMailAddress, MailAddress};
pub use error::{MailError, MailerError};
pub use hourly_limit::HourlyLimit;
pub use letter::Letter;
pub use mailer::{MailPassword, Mailer, Sender};
pub use smtp_url::{InvalidSmtpUrl, SmtpUrl};
pub use template::Template;
