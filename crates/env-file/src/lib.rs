#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod env_file;
mod env_settings;

pub use env_file::{EnvFile, EnvFileError};
