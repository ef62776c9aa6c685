#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod error;
mod id;
mod mapping;
mod mappings;
mod secret;
mod trial;

pub use error::MappingError;
pub use id::{InvalidMappingId, MappingId};
pub use mapping::{InvalidMappingName, Mapping, MappingName, MappingView};
pub use mappings::{Mappings, Set};
pub use secret::MappingSecret;
pub use trial::{RefusedEntry, Sample, Trial};
