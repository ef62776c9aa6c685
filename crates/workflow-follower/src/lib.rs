#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod batch;
mod due;
mod error;
mod follower;
mod forgetting;
mod leading;
mod note;
mod rebuilding;
mod remembered;
mod resting;

pub use error::FollowError;
pub use follower::Follower;
pub use note::{begin_here, followed_to};
pub use rebuilding::rebuild;
pub use resting::RestingClients;
