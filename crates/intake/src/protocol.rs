//! What a protocol is, and the table of all.

use crate::{
    Batch, Head, Refusal, Reply, Stored, cloudevents::CloudEvents, elastic::Elastic, hook::Hook,
    journald::Journald, loki::Loki, otlp::Otlp, seq::Seq, splunk::Splunk,
};
use std::fmt;
use time::OffsetDateTime;

/// A way to send logs that another system has defined.
///
/// # Examples
///
/// ```
/// use central_logger_intake::{Head, named};
/// use time::OffsetDateTime;
///
/// let loki = named("loki").ok_or("it is in the table")?;
/// let head = Head::new("POST", "/loki/api/v1/push", "").with_header("content-type", b"application/json");
/// let body = br#"{"streams":[{"stream":{"app":"shop"},"values":[["1766572200250000000","disk full"]]}]}"#;
/// let batch = loki.read(&head, body, OffsetDateTime::now_utc())?;
/// let (entries, answer) = batch.into_parts();
/// assert_eq!(entries[0].message(), Some("disk full"));
/// assert_eq!(entries[0].workflow(), Some("shop"));
/// # let ids: Vec<_> = entries.iter().map(|entry| entry.id()).collect();
/// assert_eq!(loki.accepted(&head, &answer.stored(&ids)).status, 204);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Protocol: fmt::Debug + Sync {
    /// Its name, which metrics and logs may show.
    fn name(&self) -> &'static str;

    /// Whether its answers can say that some entries were stored and others were not.
    fn is_partial(&self) -> bool {
        false
    }

    /// Returns how many bytes at the beginning of a body, which may not be whole yet, are whole entries that
    /// one [`Batch`] takes: 0 for a protocol whose bodies are read as a whole.
    fn part(&self, _: &[u8]) -> usize {
        0
    }

    /// Reads a body that was decompressed and received at `now`.
    ///
    /// # Errors
    /// When nothing of it can be taken.
    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal>;

    /// Returns the answer when what could be taken is stored.
    fn accepted(&self, head: &Head, stored: &Stored) -> Reply;

    /// Returns the answer when nothing is stored; `None` stands for the service's own.
    fn refused(&self, head: &Head, refusal: &Refusal) -> Option<Reply>;

    /// Returns the answer when nothing of what was read is stored, for a reason that passes, if it tells of
    /// each item; `None` stands for that of a refusal.
    fn delayed(&self, _: &Head, _: &Refusal, _: &Stored) -> Option<Reply> {
        None
    }
}

/// OpenTelemetry.
pub const OTLP: &dyn Protocol = &Otlp;
/// Elasticsearch and OpenSearch.
pub const ELASTIC: &dyn Protocol = &Elastic;
/// Loki.
pub const LOKI: &dyn Protocol = &Loki;
/// Seq.
pub const SEQ: &dyn Protocol = &Seq;
/// The HTTP event collector of Splunk.
pub const SPLUNK: &dyn Protocol = &Splunk;
/// `systemd-journal-upload`.
pub const JOURNALD: &dyn Protocol = &Journald;
/// CloudEvents.
pub const CLOUDEVENTS: &dyn Protocol = &CloudEvents;
/// Webhooks, whose meaning rules tell.
pub const HOOK: &dyn Protocol = &Hook;

/// All protocols.
pub const PROTOCOLS: [&dyn Protocol; 8] = [
    OTLP,
    ELASTIC,
    LOKI,
    SEQ,
    SPLUNK,
    JOURNALD,
    CLOUDEVENTS,
    HOOK,
];

/// Returns the protocol of this name.
///
/// # Examples
///
/// ```
/// assert_eq!(central_logger_intake::named("otlp").map(|found| found.name()), Some("otlp"));
/// assert!(central_logger_intake::named("gelf").is_none());
/// ```
pub fn named(name: &str) -> Option<&'static dyn Protocol> {
    PROTOCOLS.into_iter().find(|found| found.name() == name)
}
