//! What the key of a client may make and change: every combination of its rights, of what is asked for and
//! of the client's policy, held against the rules told a second time.

use super::stores::{ACME, ClientPolicy, NOW, Site, client, outcome, scopes, with_grace};
use central_logger_key_store::{KeyRecord, KeyUpdate, NewKey, Patch};
use central_logger_keys::{KeyPrefix, Scope};
use central_logger_operations::keys::KeyRequest;
use time::{Duration, OffsetDateTime};

on_each_store! {
    a_key_makes_only_keys_that_allow_no_more_than_itself,
    a_key_changes_only_keys_that_allow_no_more_than_itself,
}

const MAKER_SCOPES: [&str; 2] = ["logs:read keys:manage", "keys:manage"];
const ASKED_SCOPES: [Option<&str>; 3] = [None, Some("logs:read"), Some("logs:write logs:read")];
const MAKER_NETWORKS: [&str; 2] = ["", "203.0.113.0/24"];
const ASKED_NETWORKS: [Option<&str>; 3] = [None, Some("203.0.113.128/25"), Some("203.0.112.0/23")];
const MAKER_RATES: [Option<&str>; 2] = [None, Some("60/m")];
const ASKED_RATES: [Option<&str>; 3] = [None, Some("1/s"), Some("61/m")];
/// In days.
const MAKER_ENDS: [Option<i64>; 2] = [None, Some(30)];
const ASKED_ENDS: [Option<i64>; 3] = [None, Some(10), Some(90)];

const LONGEST: Duration = Duration::days(20);

fn policies() -> [ClientPolicy; 5] {
    let usual = ClientPolicy::default();
    [
        usual,
        ClientPolicy {
            self_service: false,
            ..usual
        },
        ClientPolicy {
            max_keys: Some(1),
            ..usual
        },
        ClientPolicy {
            max_lifetime: Some(LONGEST),
            ..usual
        },
        ClientPolicy {
            require_expiry: true,
            ..usual
        },
    ]
}

fn makers() -> Vec<NewKey> {
    let mut makers = Vec::new();
    for of_scopes in MAKER_SCOPES {
        for networks in MAKER_NETWORKS {
            for rate in MAKER_RATES {
                for end in MAKER_ENDS {
                    let number = makers.len();
                    makers.push(NewKey {
                        scopes: scopes(of_scopes),
                        allowed_from: networks.parse().unwrap(),
                        rate_limit: rate.map(|rate| rate.parse().unwrap()),
                        expires_at: end.map(|days| in_days(days).try_into().unwrap()),
                        ..NewKey::for_client(client(&format!("client-{number}")))
                    });
                }
            }
        }
    }
    makers
}

fn requests(maker: &KeyRecord) -> Vec<KeyRequest> {
    let mut requests = Vec::new();
    for of_scopes in ASKED_SCOPES {
        for networks in ASKED_NETWORKS {
            for rate in ASKED_RATES {
                for end in ASKED_ENDS {
                    requests.push(KeyRequest {
                        scopes: of_scopes.map(scopes),
                        allow_ip: networks.map(|networks| networks.parse().unwrap()),
                        rate: rate.map(|rate| rate.parse().unwrap()),
                        expires_at: end.map(|days| in_days(days).try_into().unwrap()),
                        ..KeyRequest::for_client(maker.client().unwrap().clone())
                    });
                }
            }
        }
    }
    requests
}

fn in_days(days: i64) -> OffsetDateTime {
    NOW + Duration::days(days)
}

/// The scopes, networks, rate and end of a key, as texts.
type Allowed = (String, String, Option<String>, Option<OffsetDateTime>);

fn allowed(key: &KeyRecord) -> Allowed {
    let rate = key.rate_limit.map(|rate| rate.to_string());
    let networks = key.allowed_from.to_string();
    (key.scopes.to_string(), networks, rate, key.expires_at)
}

fn expected(
    maker: &KeyRecord,
    request: &KeyRequest,
    policy: ClientPolicy,
) -> Result<Allowed, &'static str> {
    let has = |scope: &str| maker.scopes.to_string().contains(scope);
    let of_scopes = match &request.scopes {
        Some(asked) => asked.to_string(),
        None if has("logs:write") => "logs:write logs:read".to_owned(),
        None if has("logs:read") => "logs:read".to_owned(),
        None => return Err("scopes_required"),
    };
    if !policy.self_service {
        return Err("self_service_off");
    }
    let is_beyond = of_scopes.split(' ').any(|scope| !has(scope))
        || !maker.allowed_from.is_empty()
            && request
                .allow_ip
                .as_ref()
                .is_some_and(|asked| asked.to_string() == "203.0.112.0/23")
        || maker.rate_limit.is_some() && request.rate == Some("61/m".parse().unwrap());
    if is_beyond {
        return Err("beyond_own_rights");
    }
    if policy.max_keys.is_some() {
        return Err("max_keys");
    }
    let ends = [
        request.expires_at.map(|end| end.get()),
        maker.expires_at,
        policy.max_lifetime.map(|longest| NOW + longest),
    ];
    let end = ends.into_iter().flatten().min();
    if policy.require_expiry && end.is_none() {
        return Err("expiry_required");
    }
    let networks = request.allow_ip.as_ref().unwrap_or(&maker.allowed_from);
    let rate = request.rate.or(maker.rate_limit);
    Ok((
        of_scopes,
        networks.to_string(),
        rate.map(|rate| rate.to_string()),
        end,
    ))
}

async fn a_key_makes_only_keys_that_allow_no_more_than_itself(site: Site) {
    let mut made = 0;
    for new in makers() {
        let maker = site.issue(new).await;
        for policy in policies() {
            site.set_policy(policy).await;
            for request in requests(&maker) {
                let prefix = KeyPrefix::default();
                let issued = site
                    .by(&maker)
                    .issue_requested(&prefix, request.clone())
                    .await;
                let found = match &issued {
                    Ok(issued) => {
                        let record = site.show(&issued.result.record.id).await;
                        assert_eq!(record.made_by.key(), Some(&maker.id));
                        assert_eq!(record.shared_rates, maker.rates_to_share());
                        assert_eq!(record.client(), maker.client());
                        Ok(allowed(&record))
                    }
                    Err(error) => Err(error.code()),
                };
                let expected = expected(&maker, &request, policy);
                assert_eq!(found, expected, "{maker:?} {request:?} {policy:?}");
                made += usize::from(issued.is_ok());
            }
        }
        site.set_policy(ClientPolicy::default()).await;
    }
    assert!(made > 200, "{made}");
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
        expires_at: in_days(30).try_into().ok(),
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
                expires_at: in_days(3).try_into().ok(),
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
                expires_at: in_days(31).try_into().ok(),
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
    const ALL: [Self; 8] = [
        Self::Rename,
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

    async fn ask(
        self,
        site: &Site,
        caller: &KeyRecord,
        target: &KeyRecord,
    ) -> Result<(), &'static str> {
        let (operations, id) = (site.by(caller), &target.id);
        match self {
            Self::Rename => {
                let update = KeyUpdate {
                    name: Patch::Set("other".parse().unwrap()),
                    ..KeyUpdate::default()
                };
                outcome(operations.update(id, &update).await)
            }
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

async fn a_key_changes_only_keys_that_allow_no_more_than_itself(site: Site) {
    let caller = site.issue(changer()).await;
    let stranger = site.issue(NewKey::for_client(client("widget_co"))).await;
    for target in Target::ALL {
        for change in Change::ALL {
            for self_service in [false, true] {
                let key = site.issue(target.key()).await;
                change.prepare(&site, &key).await;
                let before = site.show(&key.id).await;
                let stranger_asks = change.ask(&site, &stranger, &key).await;
                assert_eq!(stranger_asks, Err("unknown_key"), "{change:?} {target:?}");
                site.set_policy(ClientPolicy {
                    self_service,
                    ..ClientPolicy::default()
                })
                .await;
                let found = change.ask(&site, &caller, &key).await;
                site.set_policy(ClientPolicy::default()).await;
                // A successor is cut to the end of the caller, so that the end matters only elsewhere. The
                // keys in grace here end within the day.
                let cell = (target, change);
                let is_within = matches!(target, Target::Equal | Target::Weaker)
                    || matches!(target, Target::LaterEnd | Target::NoEnd)
                        && matches!(change, Change::Rotate | Change::Extend);
                let expected = match () {
                    () if !self_service => Err("self_service_off"),
                    () if is_within || change.takes_access_away() => Ok(()),
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
