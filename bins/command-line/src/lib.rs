//! How the programs read their command lines: what all arguments have in common, and the flags that all
//! programs have.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod arguments;
mod output_target;
mod shared_flags;

pub use arguments::{parse_arguments, print_usage};
pub use output_target::OutputTarget;
pub use shared_flags::SharedFlags;
