//! What keys and people of a client may make: every combination of their rights, of what is asked for and of the
//! client's policy, held against the rules told a second time. Tables of what they may change stand beside this.

use super::{
    askers::Asker,
    stores::{ClientPolicy, NOW, Site, client, scopes},
};
use central_logger_key_store::{KeyMaker, KeyRecord, NewKey};
use central_logger_keys::{KeyPrefix, Scope};
use central_logger_operations::keys::KeyRequest;
use time::{Duration, OffsetDateTime};

on_each_store! {
    nobody_makes_a_key_that_allows_more_than_they_do,
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

/// Policies for a client that has so many keys.
fn policies(keys: u32) -> [ClientPolicy; 7] {
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
            max_keys: Some(keys + 2),
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
        // That is for successors, and for nothing else.
        ClientPolicy {
            renewable: true,
            ..usual
        },
    ]
}

/// Everybody who asks, each of a client of its own.
async fn askers(site: &Site) -> Vec<Asker> {
    let mut askers = Vec::new();
    for new in makers("key") {
        askers.push(Asker::key(site, &site.issue(new).await));
    }
    // Those without a scope to pass on make nothing, in whichever way they ask.
    for new in makers("session").into_iter().take(8) {
        askers.push(Asker::session_of(site, &site.issue(new).await).await);
    }
    let program = NewKey {
        scopes: Scope::OF_PROVIDER.into_iter().collect(),
        ..NewKey::for_provider()
    };
    let program = site.issue(program).await;
    for by in [None, Some(&program.id)] {
        let client = client(&format!("person-{}", askers.len()));
        askers.push(Asker::person(site, client, scopes(MAKER_SCOPES[0]), by).await);
    }
    askers
}

/// Keys with all rights that a maker may have, the stronger scopes first.
fn makers(of: &str) -> Vec<NewKey> {
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
                        ..NewKey::for_client(client(&format!("{of}-{number}")))
                    });
                }
            }
        }
    }
    makers
}

fn requests(asker: &Asker) -> Vec<KeyRequest> {
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
                        ..KeyRequest::for_client(asker.client.clone())
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

/// What comes of a request in the name of a client that has so many keys.
fn expected(
    asker: &Asker,
    request: &KeyRequest,
    policy: ClientPolicy,
    keys: u32,
) -> Result<Allowed, &'static str> {
    let has = |scope: &str| asker.scopes.to_string().contains(scope);
    let own_rate = asker.rates.first().map(|bucket| bucket.rate);
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
        || !asker.networks.is_empty()
            && request
                .allow_ip
                .as_ref()
                .is_some_and(|asked| asked.to_string() == "203.0.112.0/23")
        || own_rate.is_some() && request.rate == Some("61/m".parse().unwrap());
    if is_beyond {
        return Err("beyond_own_rights");
    }
    if policy.max_keys.is_some_and(|most| keys >= most) {
        return Err("max_keys");
    }
    let ends = [
        request.expires_at.map(|end| end.get()),
        asker.end,
        policy.max_lifetime.map(|longest| NOW + longest),
    ];
    let end = ends.into_iter().flatten().min();
    if policy.require_expiry && end.is_none() {
        return Err("expiry_required");
    }
    let networks = request.allow_ip.as_ref().unwrap_or(&asker.networks);
    let rate = request.rate.or(own_rate);
    Ok((
        of_scopes,
        networks.to_string(),
        rate.map(|rate| rate.to_string()),
        end,
    ))
}

async fn nobody_makes_a_key_that_allows_more_than_they_do(site: Site) {
    let mut made = 0;
    for asker in askers(&site).await {
        // Of the client, which all count.
        let mut keys = u32::from(matches!(asker.maker, KeyMaker::Key(_)));
        for number in 0..policies(keys).len() {
            let policy = policies(keys)[number];
            site.set_policy(policy).await;
            for request in requests(&asker) {
                let prefix = KeyPrefix::default();
                let operations = &asker.operations;
                let issued = operations.issue_requested(&prefix, request.clone()).await;
                let found = match &issued {
                    Ok(issued) => {
                        let record = site.show(&issued.result.record.id).await;
                        assert_eq!(record.made_by, asker.maker);
                        assert_eq!(record.shared_rates, asker.rates);
                        assert_eq!(record.client(), Some(&asker.client));
                        Ok(allowed(&record))
                    }
                    Err(error) => Err(error.code()),
                };
                let expected = expected(&asker, &request, policy, keys);
                assert_eq!(found, expected, "{asker:?} {request:?} {policy:?}");
                keys += u32::from(issued.is_ok());
            }
        }
        site.set_policy(ClientPolicy::default()).await;
        made += keys;
    }
    assert!(made > 200, "{made}");
}
