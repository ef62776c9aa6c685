//! What every store that can be followed must do.

use super::{commit, generated, new_client, put, retention::set};
use crate::{
    audit::{action::AuditAction, entry::Head},
    draft::Draft,
    feed::{
        changes::{ChangedKeys, Changes, KeyFeed, Reached},
        lease::{Lease, LeaseHolder, LiveLease},
    },
    record::key_record::{KeyRecord, StoredKey},
    store::KeyAdmin,
};
use central_logger_keys::{Pepper, PepperId};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// Store that is checked, and the feed that follows it.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{MemoryKeys, conformance::feed::{Followed, announces}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// announces(&Followed::from(MemoryKeys::new())).await;
/// # }
/// ```
pub struct Followed {
    store: Arc<dyn KeyAdmin>,
    feed: Arc<dyn KeyFeed>,
}

impl Followed {
    /// A store and its feed.
    pub fn new(store: impl KeyAdmin + 'static, feed: impl KeyFeed + 'static) -> Self {
        let (store, feed) = (Arc::new(store), Arc::new(feed));
        Self { store, feed }
    }

    fn both(&self) -> (&dyn KeyAdmin, &dyn KeyFeed) {
        (&*self.store, &*self.feed)
    }
}

impl<S: KeyAdmin + KeyFeed + 'static> From<S> for Followed {
    fn from(store: S) -> Self {
        let store = Arc::new(store);
        Self {
            feed: store.clone(),
            store,
        }
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed").finish_non_exhaustive()
    }
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);

/// Checks that the changed keys are told in order, once they have changed.
pub async fn tells_what_has_changed(followed: &Followed) {
    let (store, feed) = followed.both();
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

/// Checks that all keys are told to have changed when the store cannot tell which.
pub async fn says_everything_when_it_cannot_tell(followed: &Followed) {
    let (store, feed) = followed.both();
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

/// Checks which leases are told to be behind a change.
pub async fn knows_who_is_behind(followed: &Followed) {
    let (store, feed) = followed.both();
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

/// Checks that a lease that was renewed is not removed.
pub async fn tells_renewed_leases_apart(followed: &Followed) {
    let (store, feed) = followed.both();
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

/// Checks that leases are told while they last.
pub async fn knows_which_peppers_holders_of_leases_have(followed: &Followed) {
    let (store, feed) = followed.both();
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
    let told = store.live_leases().await.unwrap();
    for (holder, peppers) in &holders {
        let lease = told.iter().find(|lease| lease.holder == *holder).unwrap();
        assert_eq!((lease.sequence, &*lease.peppers), (0, *peppers));
        feed.end_lease(holder).await.unwrap();
    }
    let told = store.live_leases().await.unwrap();
    let is_one = |lease: &LiveLease| holders.iter().any(|(one, _)| *one == lease.holder);
    assert!(!told.iter().any(is_one), "{told:?}");
}

/// Checks that it is told since when a restored backup is accepted.
pub async fn tells_when_it_was_accepted_that_the_store_was_set_back(followed: &Followed) {
    let (store, feed) = followed.both();
    let began = Instant::now();
    let accept = |draft: &mut Draft<'_>| {
        draft.add(generated(&new_client()), AuditAction::Issue);
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

async fn since(feed: &dyn KeyFeed, head: &Head) -> Changes {
    let by_hand = feed.changes(None).await.unwrap().by_hand;
    let reached = Reached {
        head: *head,
        by_hand,
    };
    feed.changes(Some(&reached)).await.unwrap()
}

/// Checks that terms of retention are told at first, and when they have changed.
pub async fn tells_terms_when_they_have_changed(followed: &Followed) {
    let (store, feed) = followed.both();
    let client = new_client();
    let known = store.retention().await.unwrap();
    let at_first = feed.changes(None).await.unwrap();
    assert_eq!(at_first.retention, Some(known));

    let before = store.head().await.unwrap();
    let key = generated(&client);
    put(store, &key).await.unwrap();
    let of_a_key = since(feed, &before).await;
    assert_eq!(of_a_key.retention, None);

    set(store, Some(&client), Some("7d")).await;
    let told = since(feed, &before).await;
    let now = store.retention().await.unwrap();
    assert_eq!(now.of(&client), Some("7d"));
    assert_eq!(told.retention, Some(now));
    let head = store.head().await.unwrap();
    assert_eq!(told.head, head);
    assert!(since(feed, &head).await.is_empty());
}

/// Checks that a change is announced to who has asked for changes before.
pub async fn announces(followed: &Followed) {
    let (store, feed) = followed.both();
    let head = store.head().await.unwrap();
    // Announcements come from the first question on.
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
        draft.put(&found, off.clone(), AuditAction::Disable);
        for _ in 1..changes {
            draft.put(&again, off.clone(), AuditAction::Disable);
        }
        // Once is enough: the trail has them all, and a slow store its time.
        draft.change.updates.truncate(1);
    };
    commit(store, change).await.unwrap();
}
