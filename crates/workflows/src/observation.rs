use crate::WorkflowName;
use central_logger_log_store::StoredLog;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime, serde::timestamp::milliseconds};
use uuid::Uuid;

/// What an entry says about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The id of the entry, whose order is that of time.
    pub entry: Uuid,
    /// The time of the entry, or that at which it was received, if that was before.
    #[serde(with = "milliseconds")]
    pub executed_at: OffsetDateTime,
    /// The time at which a server received it.
    #[serde(with = "milliseconds")]
    pub received_at: OffsetDateTime,
    /// Its status.
    pub status: String,
    /// The run that it belongs to; without one, the entry is a run by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_id: Option<String>,
    /// How long the run took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_ms: Option<u64>,
}

/// The custom members that say something about a run.
#[derive(Deserialize, Default)]
struct Members {
    #[serde(default)]
    run_id: Value,
    #[serde(default)]
    duration_ms: Value,
}

/// The longest id of a run, in bytes. A longer one is none.
const MAX_RUN_ID: usize = 256;
/// The longest duration that is believed, in milliseconds: a year.
const MAX_DURATION: u64 = 366 * 86_400_000;

impl Observation {
    /// Returns what `log` says about a run, and of which workflow, if it names one.
    pub fn of(log: &StoredLog) -> Option<(WorkflowName, Self)> {
        let workflow = log.workflow.as_ref().filter(|name| !name.is_empty())?;
        let members = log.extra.as_deref().map(serde_json::from_str);
        let members: Members = members.and_then(Result::ok).unwrap_or_default();
        let since_epoch = Duration::milliseconds(i64::try_from(log.id.executed_at_ms()).ok()?);
        let executed_at = OffsetDateTime::UNIX_EPOCH.checked_add(since_epoch)?;
        let observation = Self {
            entry: *log.id.as_uuid(),
            // What was received has happened: a clock that is ahead says nothing about later runs.
            executed_at: executed_at.min(log.received_at),
            received_at: log.received_at,
            status: log.status.clone(),
            run_id: run_id(members.run_id),
            duration_ms: duration_ms(&members.duration_ms),
        };
        Some((WorkflowName::new(&log.environment, workflow), observation))
    }
}

fn run_id(value: Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (1..=MAX_RUN_ID).contains(&text.len()).then_some(text)
}

fn duration_ms(value: &Value) -> Option<u64> {
    let whole = value.as_u64();
    // A number with a fraction is not negative here, and small enough to be exact.
    let rounded = || {
        let number = value.as_f64()?.round();
        (0.0..=MAX_DURATION as f64)
            .contains(&number)
            .then_some(number as u64)
    };
    whole.or_else(rounded).filter(|ms| *ms <= MAX_DURATION)
}
