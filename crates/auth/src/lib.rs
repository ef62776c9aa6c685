#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod authenticator;
mod cache;
mod events;
mod follower;
mod presented;
mod principal;
mod proxies;
mod refusal;

pub use authenticator::{Attempt, Authenticator};
pub use cache::{CacheStatus, KeyCache};
pub use events::{AuthEvent, EventSink, LogEvents};
pub use follower::Follower;
pub use presented::Presented;
pub use principal::Principal;
pub use proxies::TrustedProxies;
pub use refusal::{InvalidReason, Problem, Refusal};
