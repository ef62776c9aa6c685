#![doc = include_str!("../README.md")]
// A panic is how a target tells what it has found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod api_key;
mod blocks;
mod durations;
mod env_file;
mod forwarded_for;
mod headers;
mod intake;
mod query_parameters;
mod submission;
mod times;

pub use api_key::api_key;
pub use blocks::blocks;
pub use durations::durations;
pub use env_file::env_file;
pub use forwarded_for::forwarded_for;
pub use headers::headers;
pub use intake::{cloudevents, elastic, hook, journald, loki, otlp, seq, splunk};
pub use query_parameters::query_parameters;
pub use submission::submission;
pub use times::times;

/// A function that panics when its input shows something that does not hold.
pub type Target = fn(&[u8]);

/// All targets and their names, which are also those of the files in `fuzz/fuzz_targets/` and of the
/// directories in `fuzz/seeds/`.
pub const TARGETS: [(&str, Target); 17] = [
    ("api_key", api_key),
    ("blocks", blocks),
    ("cloudevents", cloudevents),
    ("durations", durations),
    ("elastic", elastic),
    ("env_file", env_file),
    ("forwarded_for", forwarded_for),
    ("headers", headers),
    ("hook", hook),
    ("journald", journald),
    ("loki", loki),
    ("otlp", otlp),
    ("query_parameters", query_parameters),
    ("seq", seq),
    ("splunk", splunk),
    ("submission", submission),
    ("times", times),
];
