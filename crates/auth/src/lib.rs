#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod allowance;
mod authenticator;
mod authorize;
mod cache;
mod cached_key;
mod change_delays;
mod collected_credential;
#[cfg(feature = "testing")]
pub mod conformance;
mod events;
mod failure_limit;
mod flood;
mod follower;
mod gate;
mod gcra;
mod key_limits;
mod key_source;
mod limits;
mod opaque_hashing;
mod origin;
mod panics;
mod presented_credential;
mod principal;
mod provider_principal;
mod proxies;
mod refusal;
mod rehashing;
mod rejection;
mod request_quotas;
pub mod scopes;
mod source;
mod uncached;
mod verification;

pub use allowance::{Allowance, Allowances, Header, Limit};
pub use authenticator::{Authenticator, VerificationRequest};
pub use authorize::{Authorize, Call};
pub use cache::{CacheStatus, KeyCache};
pub use change_delays::ChangeDelays;
pub use events::{AuthEvent, EventSink, LogEvents};
pub use failure_limit::network;
pub use flood::Flood;
pub use follower::Follower;
pub use gate::{Gate, RequestHead};
pub use key_source::KeySource;
pub use limits::LimitsStatus;
pub use origin::Origin;
pub use panics::Panicked;
pub use presented_credential::PresentedCredential;
pub use principal::Principal;
pub use provider_principal::ProviderPrincipal;
pub use proxies::TrustedProxies;
pub use refusal::{InvalidReason, Problem, Refusal};
pub use rejection::{Answer, Rejection};
