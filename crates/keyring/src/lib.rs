#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod keyring;

#[cfg(feature = "testing")]
pub mod model;

pub use keyring::{
    Keyring, KeyringError,
    change::KeySelection,
    clients::{ClientWrite, SetClient},
    committed::Committed,
    import::{ExternalKey, Imported},
    reveal_links::Revealed,
    rotation::{Rotated, Rotation},
    tending::WrongPepper,
};
