#![doc = include_str!("../README.md")]

mod conditions;
mod outage;

pub use conditions::{Conditions, Unready};
pub use outage::Outage;
