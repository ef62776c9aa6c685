//! When the successors of keys end that clients make: every combination of who asks, of who has limited the key, of
//! the end that is asked for and of the client's policy, held against the rules told a second time.

use super::{
    askers::Asker,
    steps::{made, rotate},
    stores::{ClientPolicy, Site, client},
};
use central_logger_key_store::{KeyRecord, NewKey};
use central_logger_keyring::Rotation;
use central_logger_keys::{ClientId, Scope};
use central_logger_operations::keys::KeyRequest;
use central_logger_times::{Clock, Timestamp};
use time::{Duration, OffsetDateTime};

on_each_store! {
    a_successor_ends_when_the_rules_say,
}

/// Days after which keys are rotated, for which keys last that end, for which they may last at most, and for which
/// another key lasts.
const PASSED: i64 = 10;
const LIFETIME: i64 = 40;
const LONGEST: i64 = 20;
const ENDING: i64 = 35;

/// In days.
const ASKED_ENDS: [Option<i64>; 3] = [None, Some(15), Some(400)];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Itself,
    ItsSession,
    /// Another key, which never ends.
    Unlimited,
    /// Another key, which ends earlier.
    Ending,
    Person,
}

/// Who has said when the key ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum LimitedBy {
    Provider,
    Client,
    Nobody,
}

impl Who {
    const ALL: [Self; 5] = [
        Self::Itself,
        Self::ItsSession,
        Self::Unlimited,
        Self::Ending,
        Self::Person,
    ];
}

/// Policies for a client that has so many keys, without successors.
fn policies(keys: u32) -> [ClientPolicy; 8] {
    let usual = ClientPolicy::default();
    let renewable = ClientPolicy {
        renewable: true,
        ..usual
    };
    let max_lifetime = Some(Duration::days(LONGEST));
    [
        usual,
        renewable,
        ClientPolicy {
            self_service: false,
            ..renewable
        },
        ClientPolicy {
            max_lifetime,
            ..usual
        },
        ClientPolicy {
            max_lifetime,
            ..renewable
        },
        ClientPolicy {
            require_expiry: true,
            ..usual
        },
        // One successor at a time is free for each key that may be there.
        ClientPolicy {
            max_keys: Some(keys),
            ..usual
        },
        ClientPolicy {
            max_keys: Some(keys - 1),
            ..usual
        },
    ]
}

/// The keys of a client, and when they were made.
struct Keys {
    owner: ClientId,
    began: OffsetDateTime,
    unlimited: KeyRecord,
    ending: KeyRecord,
}

/// A key that ends after so many days.
fn key(owner: &ClientId, began: OffsetDateTime, days: Option<i64>) -> NewKey {
    NewKey {
        scopes: Scope::OWN.into_iter().collect(),
        expires_at: days.map(|days| after(began, days)),
        ..NewKey::for_client(owner.clone())
    }
}

fn after(began: OffsetDateTime, days: i64) -> Timestamp {
    (began + Duration::days(days)).try_into().unwrap()
}

impl Keys {
    async fn of(site: &Site, owner: ClientId) -> Self {
        let began = site.clock.now();
        Self {
            unlimited: site.issue(key(&owner, began, None)).await,
            ending: site.issue(key(&owner, began, Some(ENDING))).await,
            began,
            owner,
        }
    }

    async fn target(&self, site: &Site, limited_by: LimitedBy) -> KeyRecord {
        let (owner, began) = (&self.owner, self.began);
        match limited_by {
            LimitedBy::Provider => site.issue(key(owner, began, Some(LIFETIME))).await,
            LimitedBy::Nobody => site.issue(key(owner, began, None)).await,
            LimitedBy::Client => {
                let request = KeyRequest {
                    scopes: Some(Scope::OWN.into_iter().collect()),
                    expires_at: Some(after(began, LIFETIME)),
                    ..KeyRequest::for_client(owner.clone())
                };
                made(site, &self.unlimited, request).await
            }
        }
    }

    async fn asker(&self, site: &Site, who: Who, target: &KeyRecord) -> Asker {
        match who {
            Who::Itself => Asker::key(site, target),
            Who::ItsSession => Asker::session_of(site, target).await,
            Who::Unlimited => Asker::key(site, &self.unlimited),
            Who::Ending => Asker::key(site, &self.ending),
            Who::Person => {
                let (owner, scopes) = (self.owner.clone(), target.scopes.clone());
                Asker::person(site, owner, scopes, None).await
            }
        }
    }
}

/// The day on which the successor ends, if it does.
fn expected(
    who: Who,
    limited_by: LimitedBy,
    asked: Option<i64>,
    policy: ClientPolicy,
    keys: u32,
) -> Result<Option<i64>, &'static str> {
    if !policy.self_service {
        return Err("self_service_off");
    }
    if policy.max_keys.is_some_and(|most| keys > most) {
        return Err("max_keys");
    }
    let if_it_ends = |days: i64| Some(days).filter(|_| limited_by != LimitedBy::Nobody);
    let as_long_again = PASSED + LIFETIME;
    let is_renewed = policy.renewable && limited_by == LimitedBy::Provider;
    let of_asker = match who {
        Who::Itself | Who::ItsSession => if_it_ends(LIFETIME).filter(|_| !is_renewed),
        Who::Ending => Some(ENDING),
        Who::Unlimited | Who::Person => None,
    };
    let of_provider = match limited_by {
        LimitedBy::Provider if is_renewed => Some(as_long_again),
        LimitedBy::Provider => Some(LIFETIME),
        LimitedBy::Client | LimitedBy::Nobody => None,
    };
    let ends = [
        asked.or(if_it_ends(as_long_again)),
        of_asker,
        of_provider,
        policy.max_lifetime.map(|_| PASSED + LONGEST),
    ];
    match ends.into_iter().flatten().min() {
        None if policy.require_expiry => Err("expiry_required"),
        end => Ok(end),
    }
}

async fn a_successor_ends_when_the_rules_say(site: Site) {
    for who in Who::ALL {
        let keys = Keys::of(&site, client(&format!("client-{}", who as usize))).await;
        let mut targets = Vec::new();
        for limited_by in [LimitedBy::Provider, LimitedBy::Client, LimitedBy::Nobody] {
            for asked in ASKED_ENDS {
                for policy in 0..policies(1).len() {
                    let target = keys.target(&site, limited_by).await;
                    targets.push((limited_by, asked, policy, target));
                }
            }
        }
        let number = u32::try_from(targets.len()).unwrap() + 2;
        site.clock.advance(Duration::days(PASSED));
        for (limited_by, asked, policy, target) in targets {
            let policy = policies(number)[policy];
            site.set_policy(policy).await;
            let asker = keys.asker(&site, who, &target).await;
            let rotation = Rotation {
                grace: Duration::HOUR,
                expires_at: asked.map(|days| after(keys.began, days)),
            };
            let rotated = rotate(asker.operations.clone(), &target.id, rotation).await;
            let cell = (who, limited_by, asked, policy);
            let found = match rotated {
                Ok(id) => {
                    let successor = site.show(&id).await;
                    assert_eq!(successor.made_by, asker.maker, "{cell:?}");
                    // What the provider has set stays the provider's.
                    assert_eq!(successor.provider_set, target.provider_set, "{cell:?}");
                    let end = successor.expires_at;
                    Ok(end.map(|end| (end - keys.began).whole_days()))
                }
                Err(code) => {
                    assert_eq!(site.show(&target.id).await, target, "{cell:?}");
                    Err(code)
                }
            };
            let expected = expected(who, limited_by, asked, policy, number);
            assert_eq!(found, expected, "{cell:?}");
        }
        site.set_policy(ClientPolicy::default()).await;
    }
}
