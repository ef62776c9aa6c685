//! Keys in use whose end or rotation is near.

use super::{KeyScene, unusual::day};
use crate::finding::Finding;
use central_logger_key_activity::AlertKind;
use central_logger_key_store::{KeyRecord, KeyStatus};
use time::{Duration, OffsetDateTime};

/// Finds keys that expire soon and have no successor. Of short lives the last quarter counts.
pub(super) fn expiring(key: &KeyScene<'_>) -> Option<Finding> {
    let soon = key.time(AlertKind::Expiring)?;
    let (record, end) = (key.record?, key.record?.expires_at?);
    let soon = soon.min((end - record.created_at) / 4);
    if record.grace_ends_at.is_some() || !is_busy_before(key, record, end, soon) {
        return None;
    }
    let evidence = format!("in use, without a successor, and expires {}", day(end));
    let seen = key.window.accepted.clone();
    Finding::of(AlertKind::Expiring, key.subject(), seen, evidence)
}

/// Finds keys that are older than keys should be, or weak.
pub(super) fn rotation_due(key: &KeyScene<'_>) -> Option<Finding> {
    let period = key.time(AlertKind::RotationDue)?;
    let record = key.record?;
    if !record.is_due(period, key.scene.now) {
        return None;
    }
    let evidence = match record.is_weak {
        true => "in use, and weak".to_owned(),
        false => format!("in use, and issued {}", day(record.created_at)),
    };
    let seen = key.window.accepted.clone();
    Finding::of(AlertKind::RotationDue, key.subject(), seen, evidence)
}

/// Finds keys that are rotated, and still in use in the last quarter of the grace.
pub(super) fn grace_ending(key: &KeyScene<'_>) -> Option<Finding> {
    let soon = key.time(AlertKind::GraceEnding)?;
    let (record, end) = (key.record?, key.record?.grace_ends_at?);
    let successor = key.scene.records.successor_of(&record.id)?;
    let soon = soon.min((end - successor.created_at) / 4);
    if !is_busy_before(key, record, end, soon) {
        return None;
    }
    let evidence = format!(
        "still in use instead of {}, and its grace ends at {}",
        successor.id,
        minute(end)
    );
    let seen = key.window.accepted.clone();
    Finding::of(AlertKind::GraceEnding, key.subject(), seen, evidence)
}

/// Returns whether the key was used within this time before its end, which is to come.
fn is_busy_before(
    key: &KeyScene<'_>,
    record: &KeyRecord,
    end: OffsetDateTime,
    soon: Duration,
) -> bool {
    let is_used = key.window.accepted.last_at >= Some(end.saturating_sub(soon));
    is_used && record.status(key.scene.now) == KeyStatus::Active
}

fn minute(time: OffsetDateTime) -> String {
    format!(
        "{} {:02}:{:02} UTC",
        time.date(),
        time.hour(),
        time.minute()
    )
}
