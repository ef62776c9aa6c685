//! All that is done with keys, over the store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod clients;
mod keyring;
mod life_cycle;
mod makers;
mod peppers;
mod receipts;
mod retention;
