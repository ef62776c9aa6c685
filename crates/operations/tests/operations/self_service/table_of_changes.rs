//! What keys and people of a client may change: every combination of who asks, of the key that is to be changed, of
//! the change and of self-service, held against the rules told a second time.

use super::{
    askers::Asker,
    steps::{in_days, networks, rate},
    stores::{ACME, ClientPolicy, Site, client, outcome, scopes, with_grace},
};
use central_logger_key_store::{KeyMaker, KeyRecord, KeyUpdate, NewKey, Patch};
use central_logger_keys::{KeyId, KeyPrefix, Scope};
use central_logger_operations::Operations;
use time::Duration;

on_each_store! {
    nobody_changes_a_key_that_allows_more_than_they_do,
}

/// How the key that is to be changed differs from the key that asks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    Equal,
    Weaker,
    MoreScopes,
    OtherScope,
    MoreNetworks,
    HigherRate,
    NoRate,
    LaterEnd,
    NoEnd,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Rename,
    Narrow,
    Slow,
    Rotate,
    Enable,
    Extend,
    Finish,
    Disable,
    Revoke,
    RevokeWithMade,
}

fn changer() -> NewKey {
    NewKey {
        scopes: scopes("logs:read keys:manage"),
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        rate_limit: "60/m".parse().ok(),
        expires_at: in_days(30),
        ..NewKey::for_client(client(ACME))
    }
}

impl Target {
    const ALL: [Self; 9] = [
        Self::Equal,
        Self::Weaker,
        Self::MoreScopes,
        Self::OtherScope,
        Self::MoreNetworks,
        Self::HigherRate,
        Self::NoRate,
        Self::LaterEnd,
        Self::NoEnd,
    ];

    fn key(self) -> NewKey {
        let equal = changer();
        match self {
            Self::Equal => equal,
            Self::Weaker => NewKey {
                scopes: scopes("logs:read"),
                allowed_from: "203.0.113.7".parse().unwrap(),
                rate_limit: "1/m".parse().ok(),
                expires_at: in_days(3),
                ..equal
            },
            Self::MoreScopes => NewKey {
                scopes: Scope::OWN.into_iter().collect(),
                ..equal
            },
            Self::OtherScope => NewKey {
                scopes: scopes("orders:read"),
                ..equal
            },
            Self::MoreNetworks => NewKey {
                allowed_from: "203.0.113.0/24 192.0.2.0/24".parse().unwrap(),
                ..equal
            },
            Self::HigherRate => NewKey {
                rate_limit: "2/s".parse().ok(),
                ..equal
            },
            Self::NoRate => NewKey {
                rate_limit: None,
                ..equal
            },
            Self::LaterEnd => NewKey {
                expires_at: in_days(31),
                ..equal
            },
            Self::NoEnd => NewKey {
                expires_at: None,
                ..equal
            },
        }
    }
}

impl Change {
    const ALL: [Self; 10] = [
        Self::Rename,
        Self::Narrow,
        Self::Slow,
        Self::Rotate,
        Self::Enable,
        Self::Extend,
        Self::Finish,
        Self::Disable,
        Self::Revoke,
        Self::RevokeWithMade,
    ];

    fn takes_access_away(self) -> bool {
        matches!(
            self,
            Self::Finish | Self::Disable | Self::Revoke | Self::RevokeWithMade
        )
    }

    async fn prepare(self, site: &Site, target: &KeyRecord) {
        match self {
            // By the client itself, so that it may be undone by it.
            Self::Enable => drop(site.by(target).disable(&target.id).await.unwrap()),
            Self::Extend | Self::Finish => {
                let (prefix, day) = (KeyPrefix::default(), with_grace(Duration::DAY));
                drop(
                    site.provider()
                        .rotate(&target.id, &prefix, day)
                        .await
                        .unwrap(),
                );
            }
            _ => {}
        }
    }

    async fn ask(self, operations: &Operations, id: &KeyId) -> Result<(), &'static str> {
        match self {
            Self::Rename => {
                let update = KeyUpdate {
                    name: Patch::Set("other".parse().unwrap()),
                    ..KeyUpdate::default()
                };
                outcome(operations.update(id, &update).await)
            }
            // So that it matters only what the key allows before.
            Self::Narrow => outcome(operations.update(id, &networks("203.0.113.7")).await),
            Self::Slow => outcome(operations.update(id, &rate("1/h")).await),
            Self::Rotate => {
                let hour = with_grace(Duration::HOUR);
                outcome(operations.rotate(id, &KeyPrefix::default(), hour).await)
            }
            Self::Enable => outcome(operations.enable(id).await),
            Self::Extend => outcome(operations.extend_rotation(id, Duration::HOUR).await),
            Self::Finish => outcome(operations.finish_rotation(id).await),
            Self::Disable => outcome(operations.disable(id).await),
            Self::Revoke => outcome(operations.revoke(id, None).await),
            Self::RevokeWithMade => outcome(operations.revoke_with_made(id, None).await),
        }
    }
}

async fn nobody_changes_a_key_that_allows_more_than_they_do(site: Site) {
    let caller = site.issue(changer()).await;
    let askers = [
        Asker::key(&site, &caller),
        Asker::session_of(&site, &caller).await,
        Asker::person(&site, client(ACME), changer().scopes, None).await,
    ];
    let stranger = site.issue(NewKey::for_client(client("widget_co"))).await;
    for asker in &askers {
        for target in Target::ALL {
            for change in Change::ALL {
                for self_service in [false, true] {
                    let key = site.issue(target.key()).await;
                    change.prepare(&site, &key).await;
                    let before = site.show(&key.id).await;
                    let stranger_asks = change.ask(&site.by(&stranger), &key.id).await;
                    assert_eq!(stranger_asks, Err("unknown_key"), "{change:?} {target:?}");
                    site.set_policy(ClientPolicy {
                        self_service,
                        ..ClientPolicy::default()
                    })
                    .await;
                    let found = change.ask(&asker.operations, &key.id).await;
                    site.set_policy(ClientPolicy::default()).await;
                    let cell = (&asker.maker, target, change);
                    let expected = match () {
                        () if !self_service => Err("self_service_off"),
                        () if change.takes_access_away() => Ok(()),
                        () if is_within(asker, target, change) => Ok(()),
                        () => Err("beyond_own_rights"),
                    };
                    assert_eq!(found, expected, "{cell:?}");
                    if expected.is_err() {
                        assert_eq!(site.show(&key.id).await, before, "{cell:?}");
                    }
                }
            }
        }
    }
}

/// Whether the target allows no more than who asks, as far as it matters for the change.
fn is_within(asker: &Asker, target: Target, change: Change) -> bool {
    // Who has signed in by a link has scopes, and no other limits.
    let is_person = matches!(asker.maker, KeyMaker::Session { .. });
    match target {
        Target::Equal | Target::Weaker => true,
        Target::MoreScopes | Target::OtherScope => false,
        Target::MoreNetworks | Target::HigherRate | Target::NoRate => is_person,
        // A successor is cut to the end of the caller, so that the end matters only elsewhere. The keys in grace
        // here end within the day.
        Target::LaterEnd | Target::NoEnd => {
            is_person || matches!(change, Change::Rotate | Change::Extend)
        }
    }
}
