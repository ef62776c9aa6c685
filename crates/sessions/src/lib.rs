#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

#[cfg(feature = "testing")]
pub mod conformance;
mod error;
mod form_token;
mod lengths;
mod link;
mod memory;
mod receipt;
mod session;
mod store;
mod token;

pub use error::SessionStoreError;
pub use form_token::FormToken;
pub use lengths::SessionLengths;
pub use link::{Redemption, SignInLink};
pub use memory::MemorySessions;
pub use receipt::Receipt;
pub use session::Session;
pub use store::{Ended, SessionStore};
pub use token::{InvalidToken, LinkToken, SessionToken, TokenHash};
