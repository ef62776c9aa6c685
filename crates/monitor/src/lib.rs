#![doc = include_str!("../README.md")]

mod last_use;

pub use last_use::LastUse;
