#![doc = include_str!("../README.md")]
// A panic is how a target tells what it has found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api_key;
mod env_file;
mod forwarded_for;
mod headers;
mod submission;

pub use api_key::api_key;
pub use env_file::env_file;
pub use forwarded_for::forwarded_for;
pub use headers::headers;
pub use submission::submission;

/// A function that panics when its input shows something that does not hold.
pub type Target = fn(&[u8]);

/// All targets and their names, which are also those of the files in `fuzz/fuzz_targets/` and of the
/// directories in `fuzz/seeds/`.
pub const TARGETS: [(&str, Target); 5] = [
    ("api_key", api_key),
    ("env_file", env_file),
    ("forwarded_for", forwarded_for),
    ("headers", headers),
    ("submission", submission),
];
