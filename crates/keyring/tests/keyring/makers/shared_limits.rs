//! Limits that keys share with those that made them.

use super::{fixture, rotation};
use central_logger_key_store::{
    AuditAction, AuditTrail, KeyMaker, KeyStore, NewKey, Owners, Patch, RateBucket,
};
use central_logger_keyring::{KeySelection, KeyringError};
use central_logger_keys::KeyPrefix;
use central_logger_times::{Clock, Timestamp};
use proptest::prelude::*;
use time::Duration;

#[tokio::test]
async fn a_limit_that_changes_changes_for_all_who_share_it() {
    let f = fixture();
    let maker = f.issue(None).await;
    let other = f.issue(Some("7/s")).await;
    let made = f.made_by(&maker, Some("5/m")).await;
    let made_by_made = f.made_by(&made, None).await;
    assert_eq!(f.shared(&made.id).await, "");
    assert_eq!(f.shared(&made_by_made.id).await, format!("{}=5/m", made.id));

    // Those made before count in it from now on.
    f.set_rate(&maker.id, Patch::Set("9/s")).await;
    assert_eq!(f.shared(&made.id).await, format!("{}=9/s", maker.id));
    let both = format!("{}=5/m {}=9/s", made.id, maker.id);
    assert_eq!(f.shared(&made_by_made.id).await, both);
    f.set_rate(&maker.id, Patch::Set("3/s")).await;
    assert_eq!(f.shared(&made.id).await, format!("{}=3/s", maker.id));
    f.set_rate(&made.id, Patch::Clear).await;
    assert_eq!(
        f.shared(&made_by_made.id).await,
        format!("{}=3/s", maker.id)
    );
    assert_eq!(f.shared(&other.id).await, "");
    let entry = f.store.last_entry(&made_by_made.id).await.unwrap().unwrap();
    assert_eq!(entry.action, AuditAction::Update);

    let before = f.store.head().await.unwrap().sequence;
    f.set_rate(&maker.id, Patch::Clear).await;
    assert_eq!(f.shared(&made.id).await, "");
    let entries = f.store.audit(before, 10).await.unwrap();
    assert_eq!(entries.len(), 3, "in one commit, each with its entry");
    f.is_sound().await;
}

#[tokio::test]
async fn a_rotation_by_a_client_shares_the_limit_of_the_old_key() {
    let f = fixture();
    let maker = f.issue(Some("100/s")).await;
    let (one, other) = (
        f.made_by(&maker, Some("5/s")).await,
        f.made_by(&maker, None).await,
    );
    let by_maker = f.by(&maker);
    let prefix = KeyPrefix::default();
    let rotated = by_maker.rotate(&one.id, &prefix, rotation()).await.unwrap();
    let successor = rotated.at_commit().issued.record;
    let both = format!("{}=100/s {}=5/s", maker.id, one.id);
    assert_eq!(f.shared(&successor.id).await, both);
    assert_eq!(successor.made_by, KeyMaker::Key(maker.id.clone()));

    // The first key has ended, and all who count in its limit count in that of its successor.
    f.clock.advance(Duration::HOUR);
    let rotated = by_maker.rotate(&successor.id, &prefix, rotation()).await;
    let third = rotated.unwrap().at_commit().issued.record;
    let both = format!("{}=100/s {}=5/s", maker.id, successor.id);
    assert_eq!(f.shared(&third.id).await, both);

    // The limit of an ended maker holds as long as several keys count in it.
    let one = KeySelection::Id(maker.id.clone());
    f.provider.revoke(&one, None).await.unwrap().at_commit();
    f.clock.advance(Duration::HOUR);
    let rotated = by_maker.rotate(&third.id, &prefix, rotation()).await;
    let fourth = rotated.unwrap().at_commit().issued.record;
    let both = format!("{}=100/s {}=5/s", maker.id, third.id);
    assert_eq!(f.shared(&fourth.id).await, both);
    let one = KeySelection::Id(other.id.clone());
    f.provider.revoke(&one, None).await.unwrap().at_commit();
    f.clock.advance(Duration::HOUR);
    let rotated = by_maker.rotate(&fourth.id, &prefix, rotation()).await;
    let fifth = rotated.unwrap().at_commit().issued.record;
    assert_eq!(f.shared(&fifth.id).await, format!("{}=5/s", fourth.id));

    // The provider may let both be used as often.
    let rotated = f.provider.rotate(&fifth.id, &prefix, rotation()).await;
    let sixth = rotated.unwrap().at_commit().issued.record;
    assert_eq!(f.shared(&sixth.id).await, format!("{}=5/s", fourth.id));
    assert_eq!(sixth.made_by, KeyMaker::Provider);
    f.is_sound().await;
}

#[tokio::test]
async fn makers_do_not_make_one_another_without_end() {
    let f = fixture();
    let mut maker = f.issue(Some("5/s")).await;
    for _ in 0..RateBucket::MOST {
        maker = f.made_by(&maker, Some("5/s")).await;
    }
    let keyring = f.by(&f.get(&maker.id).await);
    let new = NewKey::for_client("acme".parse().unwrap());
    let refused = keyring.issue(&KeyPrefix::default(), new).await;
    assert!(matches!(refused, Err(KeyringError::TooManyMakers)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However keys make, rotate and change one another, no key escapes the limit of a live maker, and
    /// lists of limits stay short.
    #[test]
    fn no_key_escapes_the_limit_of_its_maker(steps in prop::collection::vec(any::<(u8, u8)>(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(live(&steps));
    }
}

async fn live(steps: &[(u8, u8)]) {
    let f = fixture();
    let root = f.issue(Some("100/s")).await;
    let mut ids = vec![root.id.clone()];
    for (step, of) in steps {
        let id = ids[usize::from(*of) % ids.len()].clone();
        let key = f.get(&id).await;
        match step % 5 {
            0 => {
                let new = NewKey::for_client("acme".parse().unwrap());
                let made = f.by(&key).issue(&KeyPrefix::default(), new).await;
                ids.extend(made.map(|made| made.record.id));
            }
            1 => {
                let by_root = f.by(&f.get(&root.id).await);
                let rotated = by_root.rotate(&id, &KeyPrefix::default(), rotation()).await;
                ids.extend(rotated.map(|rotated| rotated.at_commit().issued.record.id));
            }
            2 if key.revoked_at.is_none() => {
                let rates = [Patch::Clear, Patch::Set("7/s"), Patch::Set("90/m")];
                f.set_rate(&id, rates[usize::from(*of) % 3]).await;
            }
            3 => f.clock.advance(Duration::minutes(i64::from(*of))),
            _ => {}
        }
        let keys = f.store.list(Owners::All).await.unwrap().records;
        let now = Timestamp::clamped(f.clock.now()).get();
        for key in keys.iter().filter(|key| key.revoked_at.is_none()) {
            let live = |end: Option<time::OffsetDateTime>| end.is_none_or(|end| end > now);
            if !live(key.ends_at()) || key.id == root.id {
                continue;
            }
            assert!(key.shared_rates.len() <= RateBucket::MOST);
            let maker = key.made_by.key().unwrap();
            let maker = keys.iter().find(|other| other.id == *maker).unwrap();
            if let (Some(rate), true) = (maker.rate_limit, live(maker.ends_at())) {
                let bucket = RateBucket {
                    id: maker.id.clone(),
                    rate,
                };
                assert!(key.shared_rates.contains(&bucket), "{key:?} {bucket}");
            }
        }
    }
    f.is_sound().await;
}
