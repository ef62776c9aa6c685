use crate::MappingError;
use central_logger_intake::{Head, Protocol, RuleField, Rules};
use central_logger_keys::ClientId;
use central_logger_log_store::StoredLog;
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// A request that somebody may send, to try rules on.
#[derive(Debug, Clone)]
pub struct Sample<'s> {
    /// The protocol that it is in.
    pub protocol: &'static dyn Protocol,
    /// Its head.
    pub head: Head,
    /// Its body, without compression.
    pub body: &'s [u8],
}

/// What rules make of a sample. Nothing of it is stored.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// The entries that would be stored, without what they get when they are.
    pub entries: Vec<Value>,
    /// What would be refused.
    pub refused: Vec<RefusedEntry>,
    /// Fields whose rules find nothing in any entry.
    pub without_effect: Vec<RuleField>,
}

/// An entry of a sample that would be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedEntry {
    /// Its place, from 0.
    pub index: usize,
    /// Why.
    pub detail: String,
}

impl<'s> Sample<'s> {
    /// A body as clients of the protocol send it, of its usual media type if that is not given.
    pub fn new(
        protocol: &'static dyn Protocol,
        content_type: Option<&str>,
        body: &'s [u8],
    ) -> Self {
        let is_object = || serde_json::from_slice::<Map<String, Value>>(body).is_ok();
        let (path, usual) = match protocol.name() {
            "otlp" => ("/v1/logs", "application/json"),
            "loki" => ("/loki/api/v1/push", "application/json"),
            "elastic" if is_object() => ("/sample/_doc", "application/json"),
            "elastic" => ("/_bulk", "application/x-ndjson"),
            "splunk" => ("/services/collector/event", "application/json"),
            "seq" => ("/ingest/clef", "application/json"),
            "journald" => ("/upload", "application/vnd.fdo.journal"),
            "cloudevents" => ("/cloudevents", "application/cloudevents+json"),
            _ => ("/hooks/sample", "application/json"),
        };
        let content_type = content_type.unwrap_or(usual).as_bytes();
        let head = Head::new("POST", path, "").with_header("content-type", content_type);
        Self {
            protocol,
            head,
            body,
        }
    }
}

impl Trial {
    /// Tries rules on a sample that was received at `now`.
    ///
    /// # Errors
    /// When the protocol cannot read the sample.
    pub fn of(
        rules: &Rules,
        sample: &Sample<'_>,
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Self, MappingError> {
        let read = sample.protocol.read(&sample.head, sample.body, now);
        let batch = read.map_err(MappingError::Sample)?;
        let without_effect = rules.without_effect(&batch);
        let batch = rules.apply(batch, now).map_err(MappingError::Sample)?;
        let (entries, answer) = batch.into_parts();
        let items = answer.items.iter().enumerate();
        let refused = items.filter_map(|(index, item)| {
            let detail = item.outcome.as_ref().err()?.clone();
            Some(RefusedEntry { index, detail })
        });
        let entries = entries.iter().map(|entry| {
            let stored = StoredLog::new(client, now, entry);
            let mut shown = serde_json::to_value(&stored).map_err(MappingError::Unwritable)?;
            if let Some(members) = shown.as_object_mut() {
                for name in ["id", "client_id", "received_at"] {
                    members.remove(name);
                }
            }
            Ok(shown)
        });
        Ok(Self {
            entries: entries.collect::<Result<_, MappingError>>()?,
            refused: refused.collect(),
            without_effect,
        })
    }
}
