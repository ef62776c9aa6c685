#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod delivered;
mod due;
mod error;
mod hand_over;
mod mailed;
mod outcome;
mod pending;
mod targets;

pub use delivered::Delivered;
pub use due::{DueReport, DueRotation, Left};
pub use error::HandOverError;
pub use hand_over::{HandOver, Succession};
pub use mailed::{LinkMail, Mailed};
pub use outcome::Outcome;
pub use targets::TargetCheck;
