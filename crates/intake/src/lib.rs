#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod any;
mod batch;
mod cloudevents;
mod draft;
mod elastic;
mod fields;
mod head;
mod hook;
mod journald;
mod json;
mod loki;
mod otlp;
mod protocol;
mod refusal;
mod reply;
mod rules;
mod seq;
mod severity;
mod splunk;

pub use batch::{Batch, ItemName, Stored, StoredItem};
pub use elastic::Probe;
pub use head::Head;
pub use protocol::{
    CLOUDEVENTS, ELASTIC, HOOK, JOURNALD, LOKI, OTLP, PROTOCOLS, Protocol, SEQ, SPLUNK, named,
};
pub use refusal::Refusal;
pub use reply::Reply;
pub use rules::{InvalidRules, Rule, RuleField, Rules};
