#![doc = include_str!("../README.md")]
// A panic is how a target tells what it has found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api_key;
mod durations;
mod env_file;
mod forwarded_for;
mod headers;
mod query_parameters;
mod submission;
mod times;

pub use api_key::api_key;
pub use durations::durations;
pub use env_file::env_file;
pub use forwarded_for::forwarded_for;
pub use headers::headers;
pub use query_parameters::query_parameters;
pub use submission::submission;
pub use times::times;

/// A function that panics when its input shows something that does not hold.
pub type Target = fn(&[u8]);

/// All targets and their names, which are also those of the files in `fuzz/fuzz_targets/` and of the
/// directories in `fuzz/seeds/`.
pub const TARGETS: [(&str, Target); 8] = [
    ("api_key", api_key),
    ("durations", durations),
    ("env_file", env_file),
    ("forwarded_for", forwarded_for),
    ("headers", headers),
    ("query_parameters", query_parameters),
    ("submission", submission),
    ("times", times),
];
