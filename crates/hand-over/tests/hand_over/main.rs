//! The order of a hand-over, with a fault at every step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod due;
mod fake;
mod faults;
mod issuing;
mod lives;
mod mail;
mod site;
