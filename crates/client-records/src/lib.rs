#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod quota;
pub mod settings;

mod book;
mod etag;
mod patch;
mod policy;
mod policy_settings;
mod record;
mod state;

pub use book::{ClientBook, ClientChange};
pub use etag::{ETag, InvalidETag};
pub use patch::Patch;
pub use policy::{ClientPolicy, InvalidOnLeak, OnLeak};
pub use policy_settings::{Limit, PolicyPatch, PolicySettings};
pub use record::ClientRecord;
pub use state::{ClientPatch, ClientState};
