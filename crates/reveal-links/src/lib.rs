#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod holder;
mod making;
mod passphrase;
mod revealing;
mod view;

pub use holder::LinkHolder;
pub use making::{MadeRevealLink, NewRevealLink};
pub use passphrase::{InvalidPassphrase, Passphrase};
pub use revealing::{Replaced, RevealedKey, Revealing};
pub use view::{RevealLinkList, RevealLinkPage, RevealLinkView, RevealLinks};
