//! What every store that can be followed must do.

use super::{CREATED, commit, generated, new_client, put, usage::record_use};
use crate::{
    AuditAction, ChangedKeys, Changes, Head, KeyAdmin, KeyFeed, KeyRecord, KeyUse, Lease,
    LeaseHolder, Reached, StoredKey, change::Draft,
};
use central_logger_keys::{Pepper, PepperId};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);

/// Runs every check. `feed` must follow `store`, which nobody else changes.
///
/// # Panics
/// Where they do not do what the traits promise.
pub async fn run_feed(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    tells_what_has_changed(store, feed).await;
    tells_nothing_of_what_does_not_change_a_key(store, feed).await;
    says_everything_when_it_cannot_tell(store, feed).await;
    knows_who_is_behind(store, feed).await;
    tells_renewed_leases_apart(store, feed).await;
    knows_which_peppers_holders_of_leases_have(store, feed).await;
    tells_when_it_was_accepted_that_the_store_was_set_back(store, feed).await;
    super::retention::tells_terms_when_they_have_changed(store, feed).await;
    announces(store, feed).await;
}

async fn tells_what_has_changed(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    assert_eq!(
        feed.changes(None).await.unwrap().keys,
        ChangedKeys::All,
        "at first"
    );
    let before = store.head().await.unwrap();
    let nothing = since(feed, &before).await;
    assert!(nothing.is_empty());
    assert_eq!(nothing.head, before);

    let (first, second) = (generated(&new_client()), generated(&new_client()));
    put(store, &first).await.unwrap();
    put(store, &second).await.unwrap();
    let between = store.head().await.unwrap();
    switch_off(store, &first, 1).await;
    let after = store.head().await.unwrap();
    let told = async |head| since(feed, head).await;
    let ids = |keys: &[&StoredKey]| {
        ChangedKeys::These(keys.iter().map(|key| key.record.id.clone()).collect())
    };
    let all = told(&before).await;
    assert_eq!(
        (all.head, all.keys),
        (after, ids(&[&first, &second, &first]))
    );
    let last = told(&between).await;
    assert_eq!((last.head, last.keys), (after, ids(&[&first])));
    assert!(last.age < LONG, "{:?}", last.age);
    assert!(told(&after).await.is_empty());
}

async fn tells_nothing_of_what_does_not_change_a_key(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    let key = generated(&new_client());
    put(store, &key).await.unwrap();
    let head = store.head().await.unwrap();
    let used = KeyUse {
        at: CREATED,
        from: None,
    };
    record_use(store, [(key.record.id, used)]).await;
    assert!(since(feed, &head).await.is_empty());
}

async fn says_everything_when_it_cannot_tell(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    let (key, other) = (generated(&new_client()), generated(&new_client()));
    put(store, &key).await.unwrap();
    let before = store.head().await.unwrap();
    put(store, &other).await.unwrap();
    let head = store.head().await.unwrap();

    let of_another_history = Head {
        sequence: before.sequence,
        seal: head.seal,
    };
    let of_the_future = Head {
        sequence: head.sequence + 1,
        seal: head.seal,
    };
    for strange in [of_another_history, of_the_future] {
        let told = since(feed, &strange).await;
        assert_eq!((told.head, told.keys), (head, ChangedKeys::All));
        assert!(!told.continues, "it is not in the past");
    }
    assert!(since(feed, &before).await.continues);

    let most = usize::try_from(Changes::MOST).unwrap();
    switch_off(store, &key, most).await;
    let told = since(feed, &head).await;
    assert_eq!(
        told.keys,
        ChangedKeys::These(vec![key.record.id.clone(); most])
    );
    switch_off(store, &key, 1).await;
    let told = since(feed, &head).await;
    assert_eq!(told.keys, ChangedKeys::All);
}

async fn knows_who_is_behind(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    put(store, &generated(&new_client())).await.unwrap();
    let old = store.head().await.unwrap();
    put(store, &generated(&new_client())).await.unwrap();
    let head = store.head().await.unwrap();
    let [quick, slow, strange] =
        ["quick", "slow", "strange"].map(|name| LeaseHolder::new(name).unwrap());
    let hold = async |holder: &LeaseHolder, applied| {
        let lease = Lease {
            holder: holder.clone(),
            applied,
            length: LONG,
            peppers: Vec::new(),
        };
        feed.hold_lease(&lease).await.unwrap();
    };
    let restored = Head {
        sequence: head.sequence + 1,
        seal: old.seal,
    };
    hold(&quick, head).await;
    hold(&slow, old).await;
    hold(&strange, restored).await;
    assert_eq!(behind(store, &head).await, [slow.clone(), strange.clone()]);
    assert_eq!(behind(store, &old).await, std::slice::from_ref(&strange));

    put(store, &generated(&new_client())).await.unwrap();
    hold(&slow, store.head().await.unwrap()).await;
    assert_eq!(behind(store, &head).await, std::slice::from_ref(&strange));
    for holder in [quick, slow, strange] {
        feed.end_lease(&holder).await.unwrap();
        feed.end_lease(&holder).await.unwrap();
    }
    assert!(store.leases_behind(&head).await.unwrap().is_empty());
}

async fn tells_renewed_leases_apart(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    let old = store.head().await.unwrap();
    put(store, &generated(&new_client())).await.unwrap();
    let head = store.head().await.unwrap();
    let lease = Lease {
        holder: LeaseHolder::new("slow").unwrap(),
        applied: old,
        // As nobody holds it, but no clock has a say in whether it is told.
        length: Duration::from_millis(1),
        peppers: Vec::new(),
    };
    let seen = async || store.leases_behind(&head).await.unwrap();
    feed.hold_lease(&lease).await.unwrap();
    let first = seen().await.remove(0);
    assert_eq!((&first.holder, first.length), (&lease.holder, lease.length));
    tokio::time::sleep(lease.length * 2).await;
    assert_eq!(seen().await, std::slice::from_ref(&first));

    feed.hold_lease(&lease).await.unwrap();
    let renewed = seen().await.remove(0);
    assert_ne!(renewed, first);
    store.remove_lease(&first).await.unwrap();
    assert_eq!(
        seen().await,
        std::slice::from_ref(&renewed),
        "it was renewed"
    );
    store.remove_lease(&renewed).await.unwrap();
    assert_eq!(seen().await, []);
    store.remove_lease(&renewed).await.unwrap();
}

async fn knows_which_peppers_holders_of_leases_have(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    let pepper = |letter: u8| Pepper::new(&[letter; 32]).unwrap().id();
    let (old, new) = (pepper(b'o'), pepper(b'n'));
    let known: [&[PepperId]; 3] = [&[], &[old], &[new, old]];
    let holders = known.map(|peppers| (LeaseHolder::new("h").unwrap(), peppers));
    for (holder, peppers) in &holders {
        let lease = Lease {
            holder: holder.clone(),
            applied: Head::default(),
            length: LONG,
            peppers: peppers.to_vec(),
        };
        feed.hold_lease(&lease).await.unwrap();
    }
    let told = store.lease_peppers().await.unwrap();
    for (holder, peppers) in &holders {
        let lease = told.iter().find(|lease| lease.holder == *holder).unwrap();
        assert_eq!(lease.peppers, *peppers);
        feed.end_lease(holder).await.unwrap();
    }
    let told = store.lease_peppers().await.unwrap();
    let is_one = |lease: &crate::LeasePeppers| holders.iter().any(|(one, _)| *one == lease.holder);
    assert!(!told.iter().any(is_one), "{told:?}");
}

async fn tells_when_it_was_accepted_that_the_store_was_set_back(
    store: &dyn KeyAdmin,
    feed: &dyn KeyFeed,
) {
    let began = Instant::now();
    let accept = |draft: &mut Draft<'_>| {
        draft.insert(generated(&new_client()), AuditAction::Issue);
        draft.change.accepts_restore = true;
    };
    commit(store, accept).await.unwrap();
    put(store, &generated(&new_client())).await.unwrap();
    let age = feed.changes(None).await.unwrap().restore_accepted;
    let age = age.expect("it was accepted");
    // By the clock of the store, which may run at another rate.
    assert!(
        age <= began.elapsed() * 2 + Duration::from_secs(1),
        "{age:?}"
    );
}

pub(super) async fn since(feed: &dyn KeyFeed, head: &Head) -> Changes {
    let by_hand = feed.changes(None).await.unwrap().by_hand;
    let reached = Reached {
        head: *head,
        by_hand,
    };
    feed.changes(Some(&reached)).await.unwrap()
}

async fn announces(store: &dyn KeyAdmin, feed: &dyn KeyFeed) {
    let head = store.head().await.unwrap();
    // Whoever has asked once is told from then on.
    since(feed, &head).await;
    while timeout(Duration::from_millis(100), feed.announced())
        .await
        .is_ok()
    {}
    put(store, &generated(&new_client())).await.unwrap();
    let told = timeout(Duration::from_secs(10), feed.announced()).await;
    told.expect("an announcement");
}

async fn behind(store: &dyn KeyAdmin, head: &Head) -> Vec<LeaseHolder> {
    let behind = store.leases_behind(head).await.unwrap().into_iter();
    let mut behind: Vec<_> = behind.map(|lease| lease.holder).collect();
    behind.sort();
    behind
}

/// Makes so many changes of one key in one step.
async fn switch_off(store: &dyn KeyAdmin, key: &StoredKey, changes: usize) {
    let off = KeyRecord {
        is_active: false,
        ..key.record.clone()
    };
    let found = store.find(&key.record.id).await.unwrap().unwrap();
    let again = StoredKey {
        record: off.clone(),
        proof: key.proof.clone(),
    };
    let change = |draft: &mut Draft<'_>| {
        draft.update(&found, off.clone(), AuditAction::Disable);
        for _ in 1..changes {
            draft.update(&again, off.clone(), AuditAction::Disable);
        }
    };
    commit(store, change).await.unwrap();
}
