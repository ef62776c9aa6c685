//! Several servers over one store, in time that is set by hand: what they accept together.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod quotas;
mod rates;
mod site;
