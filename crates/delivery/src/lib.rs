#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod aws;
mod azure;
mod credentials_file;
mod error;
mod file;
mod secret;
mod service;
mod target;
mod target_name;
mod targets;
mod value_template;
mod vault;
mod version;

pub use error::{CallError, TargetError};
pub use secret::Secret;
pub use target::{Parcel, Target};
pub use target_name::{InvalidTargetName, TargetName};
pub use targets::{OpenTarget, Targets, Variables};
pub use value_template::{InvalidValueTemplate, ValueTemplate};
pub use version::version_of;
