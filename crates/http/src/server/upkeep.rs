//! What has to be done about the logs now and then, beside the requests. Several servers may do it at
//! once.

use central_logger_database::Database;
use central_logger_key_store::RemovalClock;
use central_logger_log_store::{LogStore, LogStoreError, Tail, store::Position};
use central_logger_text::Report;
use std::{collections::VecDeque, sync::Arc, time::Duration};

const INTERVAL: Duration = Duration::from_secs(60);
/// For so many intervals the order in which entries became visible is remembered.
const REMEMBERED: usize = (Tail::REMEMBERED.as_secs() / INTERVAL.as_secs()) as usize;

/// Runs until it is dropped.
pub(super) async fn keep_up(logs: Arc<dyn LogStore>, removal: RemovalClock) {
    let mut positions = VecDeque::new();
    loop {
        let done = delete_expired_claims(&*logs, &removal).await;
        tell(done, "expired idempotency keys are still kept");
        let done = trim_arrivals(&*logs, &mut positions).await;
        tell(done, "the order in which old entries came is still kept");
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Of an outage the store tells by itself.
fn tell(done: Result<(), LogStoreError>, what: &str) {
    match done {
        Err(error) if !error.is_transient() => {
            let error = Report(&error).to_string();
            tracing::warn!(error, "{what}");
        }
        _ => {}
    }
}

async fn delete_expired_claims(
    logs: &dyn LogStore,
    removal: &RemovalClock,
) -> Result<(), LogStoreError> {
    while let Some(now) = removal.now() {
        if logs.delete_expired_claims(now).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// Positions of each interval take the place of times, so that no clock can be wrong.
async fn trim_arrivals(
    logs: &dyn LogStore,
    positions: &mut VecDeque<Position>,
) -> Result<(), LogStoreError> {
    positions.push_back(logs.position().await?);
    while positions.len() > REMEMBERED {
        let before = &positions[0];
        while logs.trim_arrivals(before).await? > 0 {}
        positions.pop_front();
    }
    Ok(())
}

/// How often it is looked whether there is room on the disk again.
const ROOM_INTERVAL: Duration = Duration::from_secs(1);

/// Runs until it is dropped.
pub(super) async fn keep_room(database: Arc<dyn Database>) {
    let mut is_kept = true;
    loop {
        let kept = database.reserve_space().await;
        if let (Err(error), true) = (&kept, is_kept) {
            tracing::warn!(%error, "no room can be kept back on the disk for changes of keys");
        }
        is_kept = kept.is_ok();
        tokio::time::sleep(ROOM_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_keys::ClientId;
    use central_logger_log_store::{MemoryLogs, Submission};
    use time::macros::datetime;

    #[tokio::test]
    async fn the_order_of_arrivals_is_forgotten_after_minutes() {
        let logs = MemoryLogs::new();
        let client: ClientId = "acme".parse().unwrap();
        let (mut positions, mut stored) = (VecDeque::new(), Vec::new());
        let before_all = logs.position().await.unwrap();
        for minute in 0..20 {
            let body = format!(
                r#"{{"environment":"e","executed_at":"2026-03-01T12:{minute:02}:00Z","status":"s"}}"#
            );
            let now = datetime!(2026-03-01 12:00 UTC);
            let Ok(Submission::One(entry)) = Submission::parse(body.as_bytes(), &client, now)
            else {
                panic!("it is one");
            };
            stored.push(entry.id());
            logs.append(&client, now, &[entry]).await.unwrap();
            trim_arrivals(&logs, &mut positions).await.unwrap();
            let kept = logs.arrivals(&client, &before_all).await.unwrap().ids;
            let expected = &stored[stored.len().saturating_sub(REMEMBERED)..];
            assert_eq!(kept, expected);
        }
    }
}
