//! What has to be done about the logs and receipts now and then, beside the requests. Several servers may do it at
//! once.

use central_logger_database::Database;
use central_logger_key_store::{
    KeyAdmin, KeyStoreError, Receipt, RemovalClock, reveal_link::RevealLink,
};
use central_logger_log_store::{LogStore, LogStoreError, store::Position};
use central_logger_sessions::SessionStore;
use central_logger_tenant_logs::Tail;
use central_logger_text::Report;
use central_logger_workflow_follower::followed_to;
use central_logger_workflows::WorkflowStore;
use std::{collections::VecDeque, sync::Arc, time::Duration};

const INTERVAL: Duration = Duration::from_secs(60);
/// For so many intervals the order in which entries became visible is remembered.
const REMEMBERED: usize = (Tail::REMEMBERED.as_secs() / INTERVAL.as_secs()) as usize;

/// Runs until it is dropped.
pub(super) async fn keep_up(
    logs: Arc<dyn LogStore>,
    keys: Arc<dyn KeyAdmin>,
    workflows: Arc<dyn WorkflowStore>,
    removal: RemovalClock,
) {
    let mut positions = VecDeque::new();
    loop {
        let done = delete_expired_claims(&*logs, &removal).await;
        tell(done, "expired idempotency keys are still kept");
        delete_expired_receipts(&*keys, &removal).await;
        delete_old_links(&*keys, &removal).await;
        // What no server has followed yet is kept, however old it is.
        if let Ok(Some(position)) = followed_to(&*workflows).await {
            let done = trim_arrivals(&*logs, &mut positions, position).await;
            tell(done, "the order in which old entries came is still kept");
        }
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

/// The follower of the store logs that it does not answer.
async fn delete_expired_receipts(keys: &dyn KeyAdmin, removal: &RemovalClock) {
    let delete = async || {
        while let Some(now) = removal.now() {
            if keys.delete_receipts(now - Receipt::REMEMBERED).await? == 0 {
                break;
            }
        }
        Ok::<_, KeyStoreError>(())
    };
    if let Err(error) = delete().await {
        let error = Report(&error).to_string();
        tracing::debug!(error, "expired receipts of changes are still kept");
    }
}

async fn delete_old_links(keys: &dyn KeyAdmin, removal: &RemovalClock) {
    let Some(now) = removal.now() else {
        return;
    };
    if let Err(error) = keys.purge_reveal_links(now - RevealLink::LISTED).await {
        let error = Report(&error).to_string();
        tracing::debug!(error, "old reveal links are still kept");
    }
}

/// Positions of each interval take the place of times, so that no clock can be wrong.
async fn trim_arrivals(
    logs: &dyn LogStore,
    positions: &mut VecDeque<Position>,
    followed: Position,
) -> Result<(), LogStoreError> {
    positions.push_back(followed);
    while positions.len() > REMEMBERED {
        let before = &positions[0];
        while logs.trim_arrivals(before).await? > 0 {}
        positions.pop_front();
    }
    Ok(())
}

/// Runs until it is dropped.
pub(super) async fn delete_ended_sessions(sessions: Arc<dyn SessionStore>, removal: RemovalClock) {
    loop {
        if let Some(now) = removal.now() {
            let purged = sessions.purge(now).await;
            // Of an outage the store tells by itself.
            if let Some(error) = purged.err().filter(|error| !error.is_transient()) {
                let error = Report(&error).to_string();
                tracing::warn!(error, "sessions that have ended are still kept");
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
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
            let now = logs.position().await.unwrap();
            trim_arrivals(&logs, &mut positions, now).await.unwrap();
            let kept = logs.arrivals(&client, &before_all).await.unwrap().ids;
            let expected = &stored[stored.len().saturating_sub(REMEMBERED)..];
            assert_eq!(kept, expected);
        }
    }
}
