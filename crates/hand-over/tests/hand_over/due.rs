use crate::{
    fake::Fault,
    site::{Site, TARGET, acme},
};
use central_logger_hand_over::DueRotation;
use central_logger_key_activity::AlertQuery;
use central_logger_key_store::NewKey;
use central_logger_keys::{ClientId, KeyPrefix};
use central_logger_times::{Clock, Timestamp};
use time::Duration;

const DUE: DueRotation = DueRotation {
    age: Duration::days(90),
    grace: Duration::days(30),
    finish_idle: Some(Duration::DAY),
};

#[tokio::test(start_paused = true)]
async fn keys_that_are_due_are_rotated_and_others_named() {
    let site = Site::new().await;
    let first = site.first().await;
    let other: ClientId = "widget".parse().unwrap();
    let new = NewKey::for_client(other.clone());
    let shown = site.operations.issue(&KeyPrefix::default(), new).await;
    let shown = shown.unwrap().result.record.id;
    let nothing = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert!(nothing.rotated.is_empty() && nothing.skipped.is_empty());
    site.wait(Duration::days(91));
    let mut told = Vec::new();
    let report = site
        .hand_over
        .rotate_due(&DUE, |done, total| told.push((done, total)));
    let report = report.await.unwrap();
    assert_eq!(report.rotated[0].replaces, Some(first.key_id.clone()));
    assert_eq!(report.skipped[0].key_id, shown);
    assert_eq!(report.skipped[0].code, "no_target");
    assert_eq!((report.failed.len(), told), (0, vec![(1, 2), (2, 2)]));
    let old = site.key(&first.key_id).await;
    assert_eq!(old.grace_ends_at, Some(site.clock.now() + DUE.grace));
    let again = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert!(again.rotated.is_empty() && again.finished.is_empty());
    site.check().await;
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again_and_what_is_pending_taken_up() {
    let site = Site::new().await;
    let first = site.first().await;
    site.wait(Duration::days(91));
    site.fakes
        .with(TARGET, |held| held.fault = Some(Fault::Refused));
    let report = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!(report.failed[0].key_id, first.key_id);
    site.fakes
        .with(TARGET, |held| held.fault = Some(Fault::LostAfter));
    let report = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!(report.failed[0].code, "pending");
    let report = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert!(report.rotated[0].taken_up && report.failed.is_empty());
    site.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_another_run_may_be_writing_is_left_to_the_next_without_an_alert() {
    let site = Site::new().await;
    let first = site.first().await;
    site.wait(Duration::days(91));
    let crashed = site.rotate(&first.key_id, Some(Fault::CrashBefore)).await;
    assert!(crashed.is_none());
    let early = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!(early.failed[0].code, "under_way");
    let since = Timestamp::clamped(site.clock.now() - Duration::DAY);
    let query = AlertQuery::latest(None, since);
    let alerts = site.operations.stores().activity.alerts(&query).await;
    assert!(alerts.unwrap().is_empty());
    site.wait(Duration::MINUTE);
    let late = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!(late.rotated[0].replaces, Some(first.key_id));
    site.check().await;
}

#[tokio::test(start_paused = true)]
async fn of_two_keys_of_a_client_the_one_in_the_target_is_rotated() {
    let site = Site::new().await;
    let first = site.first().await;
    let new = NewKey::for_client(acme());
    let second = site.operations.issue(&KeyPrefix::default(), new).await;
    let second = second.unwrap().result.record.id;
    site.wait(Duration::days(91));
    let report = site.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!(report.rotated.len(), 1);
    assert_eq!(report.rotated[0].replaces, Some(first.key_id));
    assert_eq!(report.skipped[0].key_id, second);
    assert_eq!(report.skipped[0].code, "target_other_key");
    site.check().await;
}
