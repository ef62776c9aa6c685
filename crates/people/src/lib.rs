#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod address;
mod as_pages;
mod console;
mod door;
mod elsewhere;
mod person;
mod person_of_provider;
mod refused;
mod submitted;

pub use as_pages::{as_pages, page};
pub use console::Console;
pub use door::{console, gate};
pub use person::Person;
pub use person_of_provider::PersonOfProvider;
pub use refused::{Refused, of_rejection};
pub use submitted::{Fields, SignedIn, Submitted};
