//! Blocks of logs, from outside.
#![allow(clippy::unwrap_used)]

mod contents;
mod damage;
mod hostile;
mod support;
