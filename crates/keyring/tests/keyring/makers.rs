//! Keys that make keys: changes on somebody's behalf, shared limits, and revoking what a key has made.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditAction, AuditTrail, KeyMaker, KeyRecord, KeyStore, KeyUpdate, MemoryKeys, NewKey,
    Owners, Patch, ProviderSet, RateBucket, TransitionError,
    authority::{Authority, Denied, ProviderAuthority, Review},
    record::UnreadableKey,
};
use central_logger_keyring::{KeySelection, Keyring, KeyringError, Rotation};
use central_logger_keys::{ApiKey, KeyHasher, KeyId, KeyOwner, KeyPrefix, MisplacedScope};
use central_logger_times::{Clock, ManualClock, Timestamp};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};
use time::{Duration, macros::datetime};

struct Fixture {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    provider: Keyring,
}

/// A key on whose behalf keys are made, as far as these tests need it.
#[derive(Debug)]
struct ByKey(KeyRecord);

impl Authority for ByKey {
    fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied> {
        if review.action == AuditAction::Enable {
            return Err(Denied::new("not_enabled", "This key enables nothing"));
        }
        let mut record = review.after.clone();
        if review.before.is_none() {
            record.made_by = KeyMaker::Key(self.0.id.clone());
            // What a review may not change stays.
            record.owner = KeyOwner::Provider;
            if record.predecessor.is_none() {
                record.shared_rates = self.0.rates_to_share();
                record.provider_set = ProviderSet::default();
            }
        }
        Ok(record)
    }

    fn review_unreadable(&self, _: &UnreadableKey) -> Result<(), Denied> {
        Err(Denied::new("unreadable", "This key cannot be read"))
    }

    fn is_provider(&self) -> bool {
        false
    }
}

fn fixture() -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let actor = Actor::new("tester@here");
    Fixture {
        provider: Keyring::new(store.clone(), hashes, clock.clone(), actor),
        store,
        clock,
    }
}

impl Fixture {
    async fn issue(&self, rate: Option<&str>) -> KeyRecord {
        issue(&self.provider, rate).await
    }

    /// A key that `maker` makes.
    async fn made_by(&self, maker: &KeyRecord, rate: Option<&str>) -> KeyRecord {
        issue(&self.by(&self.get(&maker.id).await), rate).await
    }

    fn by(&self, maker: &KeyRecord) -> Keyring {
        let authority = Arc::new(ByKey(maker.clone()));
        self.provider.clone().with_authority(authority)
    }

    async fn get(&self, id: &KeyId) -> KeyRecord {
        self.provider.show(id).await.unwrap()
    }

    async fn set_rate(&self, id: &KeyId, rate: Patch<&str>) {
        let rate = match rate {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(text) => Patch::Set(text.parse().unwrap()),
        };
        let update = KeyUpdate {
            rate,
            ..KeyUpdate::default()
        };
        self.provider.update(id, &update).await.unwrap().at_commit();
    }

    async fn shared(&self, id: &KeyId) -> String {
        RateBucket::all_as_text(&self.get(id).await.shared_rates)
    }

    async fn is_sound(&self) {
        let report = self.provider.audit(|_| {}).await.unwrap();
        assert_eq!(report.faults, []);
    }
}

async fn issue(keyring: &Keyring, rate: Option<&str>) -> KeyRecord {
    let new = NewKey {
        rate_limit: rate.map(|rate| rate.parse().unwrap()),
        ..NewKey::for_client("acme".parse().unwrap())
    };
    let issued = keyring.issue(&KeyPrefix::default(), new).await;
    issued.unwrap().record
}

fn rotation() -> Rotation {
    Rotation {
        grace: Duration::HOUR,
        expires_at: None,
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_is_audited() {
    let f = fixture();
    let key = f.issue(Some("5/m")).await;
    let update = KeyUpdate {
        name: Patch::Set("night run".parse().unwrap()),
        networks: Patch::Set("203.0.113.0/24".parse().unwrap()),
        ..KeyUpdate::default()
    };
    let updated = f.provider.update(&key.id, &update).await.unwrap();
    let expected = KeyRecord {
        name: Some("night run".to_owned()),
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        provider_set: "networks rate".parse().unwrap(),
        ..key.clone()
    };
    assert_eq!(updated.at_commit(), expected);
    assert_eq!(f.get(&key.id).await, expected);
    let entry = f.store.last_entry(&key.id).await.unwrap().unwrap();
    assert_eq!(entry.action, AuditAction::Update);
    assert!(entry.before.unwrap().contains(r#""client_name":null"#));
    assert!(entry.after.contains(r#""client_name":"night run""#));

    let head = f.store.head().await.unwrap();
    f.provider
        .update(&key.id, &update)
        .await
        .unwrap()
        .at_commit();
    assert_eq!(f.store.head().await.unwrap(), head, "nothing is new");
    let clear = KeyUpdate {
        name: Patch::Clear,
        networks: Patch::Clear,
        rate: Patch::Clear,
        ..KeyUpdate::default()
    };
    let cleared = f
        .provider
        .update(&key.id, &clear)
        .await
        .unwrap()
        .at_commit();
    let expected = KeyRecord {
        rate_limit: None,
        provider_set: ProviderSet::default(),
        ..key.clone()
    };
    assert_eq!(cleared, expected);

    let one = KeySelection::Id(key.id.clone());
    f.provider.revoke(&one, None).await.unwrap().at_commit();
    let refused = f.provider.update(&key.id, &update).await.unwrap_err();
    let is_revoked = matches!(
        refused,
        KeyringError::Transition(TransitionError::Revoked(_))
    );
    assert!(is_revoked, "{refused:?}");
    f.is_sound().await;
}

#[tokio::test]
async fn a_key_that_was_changed_in_between_is_not_changed() {
    let f = fixture();
    let key = f.issue(None).await;
    let update = KeyUpdate {
        note: Patch::Set("mine".parse().unwrap()),
        ..KeyUpdate::default()
    };
    let mine = f.provider.clone().if_match(vec![key.etag()]);
    mine.update(&key.id, &update).await.unwrap().at_commit();
    let one = KeySelection::Id(key.id.clone());
    let refused = [
        mine.update(&key.id, &update).await.unwrap_err(),
        mine.disable(&key.id).await.unwrap_err(),
        mine.enable(&key.id).await.unwrap_err(),
        mine.rotate(&key.id, &KeyPrefix::default(), rotation())
            .await
            .unwrap_err(),
        mine.finish_rotation(&key.id).await.unwrap_err(),
        mine.extend_rotation(&key.id, Duration::HOUR)
            .await
            .unwrap_err(),
        mine.revoke(&one, None).await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, KeyringError::Changed(_)), "{error:?}");
    }
    let now = f.get(&key.id).await;
    assert_ne!(now.etag(), key.etag());
    let now = f.provider.clone().if_match(vec![key.etag(), now.etag()]);
    now.revoke(&one, None).await.unwrap().at_commit();
}

#[tokio::test]
async fn keys_of_the_provider_have_its_scopes_and_the_form_of_generated_ones() {
    let f = fixture();
    let prefix = KeyPrefix::default();
    let issued = f.provider.issue(&prefix, NewKey::for_provider()).await;
    let key = issued.unwrap().record;
    assert_eq!(key.owner, KeyOwner::Provider);
    assert!(f.store.list(Owners::Clients).await.unwrap().is_empty());

    let scopes = NewKey::for_client("acme".parse().unwrap()).scopes;
    let of_client = NewKey {
        scopes: NewKey::for_provider().scopes,
        ..NewKey::for_client("acme".parse().unwrap())
    };
    let of_provider = NewKey {
        scopes,
        ..NewKey::for_provider()
    };
    for (new, is_expected) in [
        (
            of_client,
            (|scope| matches!(scope, MisplacedScope::OfProvider(_))) as fn(&MisplacedScope) -> bool,
        ),
        (of_provider, |scope| {
            matches!(scope, MisplacedScope::OfClients(_))
        }),
    ] {
        let refused = f.provider.issue(&prefix, new).await.unwrap_err();
        let is_right = matches!(&refused, KeyringError::Scope(scope) if is_expected(scope));
        assert!(is_right, "{refused:?}");
    }
    let opaque = ApiKey::parse("opaque_key_of_the_provider").unwrap();
    let refused = f.provider.import(opaque, NewKey::for_provider()).await;
    assert!(matches!(refused, Err(KeyringError::OpaqueProviderKey)));
    let successor = f.provider.rotate(&key.id, &prefix, rotation()).await;
    let successor = successor.unwrap().at_commit().issued.record;
    assert_eq!(successor.owner, KeyOwner::Provider);
    assert_eq!(successor.scopes, key.scopes);
    f.is_sound().await;
}

#[tokio::test]
async fn what_an_authority_denies_is_not_done_and_what_it_narrows_is_stored() {
    let f = fixture();
    let maker = f.issue(Some("100/s")).await;
    let made = f.made_by(&maker, Some("5/m")).await;
    assert_eq!(made.owner, maker.owner, "that is not for a review to say");
    assert_eq!(made.made_by, KeyMaker::Key(maker.id.clone()));
    assert_eq!(made.provider_set, ProviderSet::default());
    assert_eq!(f.shared(&made.id).await, format!("{}=100/s", maker.id));

    let by_maker = f.by(&maker);
    assert!(by_maker.disable(&made.id).await.unwrap().at_commit());
    assert!(!f.get(&made.id).await.provider_set.inactive);
    let denied = by_maker.enable(&made.id).await.unwrap_err();
    assert!(matches!(
        denied,
        KeyringError::Denied(Denied {
            code: "not_enabled",
            ..
        })
    ));
    assert!(!f.get(&made.id).await.is_active);
    // Off already, and now it is the provider who wants it so.
    assert!(!f.provider.disable(&made.id).await.unwrap().at_commit());
    assert!(f.get(&made.id).await.provider_set.inactive);
    assert!(f.provider.enable(&made.id).await.unwrap().at_commit());
    assert!(!f.get(&made.id).await.provider_set.inactive);

    let by_program = ProviderAuthority {
        maker: KeyMaker::Key("4fzyo82mvyi1".parse().unwrap()),
    };
    let keyring = f.provider.clone().with_authority(Arc::new(by_program));
    let made = issue(&keyring, Some("5/m")).await;
    assert_eq!(made.made_by.to_string(), "4fzyo82mvyi1");
    assert!(made.provider_set.rate && made.shared_rates.is_empty());
    f.is_sound().await;
}

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

#[tokio::test]
async fn keys_are_revoked_together_with_what_they_have_made() {
    let f = fixture();
    let (root, bystander) = (f.issue(None).await, f.issue(None).await);
    let child = f.made_by(&root, None).await;
    let grandchild = f.made_by(&child, None).await;
    // The chain goes through a key that is gone already.
    let one = KeySelection::Id(child.id.clone());
    f.provider.revoke(&one, None).await.unwrap().at_commit();

    let all = KeySelection::WithMade(vec![root.id.clone()]);
    let head = f.store.head().await.unwrap().sequence;
    let revoked = f.provider.revoke(&all, None).await.unwrap().at_commit();
    assert_eq!(revoked, [root.id, grandchild.id.clone()]);
    assert_eq!(f.store.audit(head, 10).await.unwrap().len(), 2);
    assert!(f.get(&bystander.id).await.revoked_at.is_none());

    // A key of the provider has made keys of any client.
    let new = NewKey::for_provider();
    let program = f.provider.issue(&KeyPrefix::default(), new).await;
    let program = program.unwrap().record;
    let authority = ProviderAuthority {
        maker: KeyMaker::Key(program.id.clone()),
    };
    let made = issue(
        &f.provider.clone().with_authority(Arc::new(authority)),
        None,
    )
    .await;
    let made_by_made = f.made_by(&made, None).await;
    let all = KeySelection::WithMade(vec![program.id.clone()]);
    let revoked = f.provider.revoke(&all, None).await.unwrap().at_commit();
    let expected = BTreeSet::from([program.id, made.id, made_by_made.id]);
    assert_eq!(revoked.into_iter().collect::<BTreeSet<_>>(), expected);
    f.is_sound().await;
}

#[tokio::test]
async fn many_keys_are_revoked_in_one_step_or_none_is() {
    let f = fixture();
    let (one, other) = (f.issue(None).await, f.issue(None).await);
    let unknown: KeyId = "4fzyo82mvyi1".parse().unwrap();
    let ids = vec![one.id.clone(), other.id.clone(), one.id.clone()];
    let with_unknown = [&ids[..], &[unknown]].concat();
    let refused = f
        .provider
        .revoke(&KeySelection::Ids(with_unknown), None)
        .await;
    assert!(matches!(refused, Err(KeyringError::UnknownKey(_))));
    let too_many = vec![one.id.clone(); KeySelection::MOST + 1];
    let refused = f.provider.revoke(&KeySelection::Ids(too_many), None).await;
    assert!(matches!(refused, Err(KeyringError::TooManyKeys)));
    assert!(f.get(&one.id).await.revoked_at.is_none());
    let revoked = f.provider.revoke(&KeySelection::Ids(ids), None).await;
    assert_eq!(revoked.unwrap().at_commit().len(), 2);
    assert!(f.get(&other.id).await.revoked_at.is_some());
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
