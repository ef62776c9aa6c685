use crate::{
    fake::Fault,
    site::{Site, TARGET, USUAL},
};
use central_logger_hand_over::HandOverError;
use central_logger_key_store::KeyStatus;
use time::Duration;

#[tokio::test(start_paused = true)]
async fn a_successor_is_there_before_the_grace_begins() {
    let site = Site::new().await;
    let first = site.first().await;
    let rotated = site.rotate(&first.key_id, None).await.unwrap().unwrap();
    assert_eq!(rotated.replaces, Some(first.key_id.clone()));
    assert_eq!(site.held().await.unwrap().key_id, rotated.key_id);
    let (old, new) = (
        site.key(&first.key_id).await,
        site.key(&rotated.key_id).await,
    );
    assert!(old.grace_ends_at.is_some() && !new.pending);
    assert_eq!(old.grace_ends_at, rotated.old_expires_at);
    let again = site.rotate(&first.key_id, None).await.unwrap().unwrap_err();
    assert_eq!(again.code(), "target_other_key");
    site.check().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_provably_not_written_is_undone() {
    let site = Site::new().await;
    let first = site.first().await;
    let refused = site.rotate(&first.key_id, Some(Fault::Refused)).await;
    let error = refused.unwrap().unwrap_err();
    assert!(
        matches!(error, HandOverError::NotDelivered { .. }),
        "{error:?}"
    );
    let old = site.key(&first.key_id).await;
    assert_eq!((old.status, old.grace_ends_at), (KeyStatus::Active, None));
    let keys = site.keys().await;
    assert!(keys.iter().all(|key| !key.pending));
    assert_eq!(
        keys.iter().filter(|key| key.revoked_at.is_some()).count(),
        1
    );
    site.check().await;
    let rotated = site.rotate(&first.key_id, None).await.unwrap();
    assert!(!rotated.unwrap().taken_up);
    site.check().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_the_next_run_looks_first() {
    for fault in [Fault::LostAfter, Fault::CrashAfter, Fault::CrashStaged] {
        let site = Site::new().await;
        let first = site.first().await;
        let lost = site.rotate(&first.key_id, Some(fault)).await;
        if let Some(lost) = lost {
            let error = lost.unwrap_err();
            assert!(matches!(error, HandOverError::Unknown { .. }), "{error:?}");
            assert_eq!(error.code(), "pending");
        }
        site.check().await;
        let keys = site.keys().await;
        let pending: Vec<_> = keys.iter().filter(|key| key.pending).collect();
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0].status, KeyStatus::Active, "it is accepted");
        assert_eq!(site.key(&first.key_id).await.grace_ends_at, None);
        let taken_up = site.rotate(&first.key_id, None).await.unwrap().unwrap();
        assert!(taken_up.taken_up, "{fault:?}");
        assert_eq!(taken_up.key_id, pending[0].key_id);
        assert!(site.key(&first.key_id).await.grace_ends_at.is_some());
        site.check().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_given_up_once_no_other_run_can_be_writing_it() {
    for fault in [Fault::LostBefore, Fault::CrashBefore] {
        let site = Site::new().await;
        let first = site.first().await;
        drop(site.rotate(&first.key_id, Some(fault)).await);
        let early = site.rotate(&first.key_id, None).await.unwrap().unwrap_err();
        let HandOverError::UnderWay { key_id, .. } = early else {
            panic!("{early:?}");
        };
        site.check().await;
        site.wait(Duration::seconds(30));
        let rotated = site.rotate(&first.key_id, None).await.unwrap().unwrap();
        assert!(!rotated.taken_up);
        assert_eq!(site.key(&key_id).await.status, KeyStatus::Revoked);
        site.check().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_cannot_be_read_changes_nothing() {
    let site = Site::new().await;
    let first = site.first().await;
    site.fakes.with(TARGET, |held| held.is_unreadable = true);
    let error = site.rotate(&first.key_id, None).await.unwrap().unwrap_err();
    assert!(matches!(error, HandOverError::Unusable { .. }), "{error:?}");
    assert_eq!(site.keys().await.len(), 1);
    // A pending key stays, too: it may be there.
    site.fakes.with(TARGET, |held| held.is_unreadable = false);
    drop(site.rotate(&first.key_id, Some(Fault::LostAfter)).await);
    site.fakes.with(TARGET, |held| held.is_unreadable = true);
    site.wait(Duration::HOUR);
    let error = site.rotate(&first.key_id, None).await.unwrap().unwrap_err();
    assert!(matches!(error, HandOverError::Unknown { .. }), "{error:?}");
    site.fakes.with(TARGET, |held| held.is_unreadable = false);
    site.check().await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_has_written_is_left_unless_told_otherwise() {
    let site = Site::new().await;
    let first = site.first().await;
    let overwritten = site.rotate(&first.key_id, Some(Fault::Overwritten)).await;
    let error = overwritten.unwrap().unwrap_err();
    assert!(
        matches!(error, HandOverError::NotReadBack { .. }),
        "{error:?}"
    );
    site.wait(Duration::MINUTE);
    let error = site.rotate(&first.key_id, None).await.unwrap().unwrap_err();
    assert_eq!(error.code(), "target_foreign");
    let told = central_logger_hand_over::Succession {
        overwrite: true,
        ..USUAL
    };
    let rotated = site.hand_over.rotate(&first.key_id, told).await.unwrap();
    let rotated = rotated.delivered().unwrap();
    assert_eq!(site.held().await.unwrap().key_id, rotated.key_id);
    site.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_successor_is_pending_is_not_rotated_by_hand() {
    let site = Site::new().await;
    let first = site.first().await;
    drop(site.rotate(&first.key_id, Some(Fault::LostAfter)).await);
    let rotation = central_logger_keyring::Rotation {
        grace: Duration::DAY,
        expires_at: None,
    };
    let prefix = central_logger_keys::KeyPrefix::default();
    let refused = site.operations.rotate(&first.key_id, &prefix, rotation);
    assert_eq!(refused.await.unwrap_err().code(), "pending");
    site.check().await;
}
