//! How clients may patch the networks and the rate of a key: every combination of who asks, of who has set what is
//! there, and of what is there and is to be there, held against the rules told a second time.

use super::{
    askers::Asker,
    steps::{make, networks, rate},
    stores::{Site, client, outcome, scopes},
};
use central_logger_key_store::{KeyRecord, KeyUpdate, NewKey};
use central_logger_keys::{ClientId, Networks};
use central_logger_operations::{Operations, keys::KeyRequest};

on_each_store! {
    networks_and_rates_are_patched_within_the_rules,
}

/// Networks, each within the next, and rates, each below the next. The last is none, which allows most.
const NETWORKS: [&str; 4] = ["203.0.113.128/25", "203.0.113.0/24", "203.0.112.0/23", ""];
const RATES: [&str; 4] = ["1/m", "60/m", "61/m", ""];
/// The place of none.
const ANY: usize = 3;

/// The places of the networks and of the rate of a key.
type Limits = (usize, usize);

const UNLIMITED: Limits = (ANY, ANY);
const LIMITED: Limits = (1, 1);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    UnlimitedKey,
    ItsSession,
    LimitedKey,
    SessionOfLimited,
    Person,
}

/// Who has set the networks and the rate.
#[derive(Debug, Clone, Copy, PartialEq)]
enum SetBy {
    Provider,
    /// Another key of the client.
    Client,
    /// Who asks.
    Asker,
}

/// What is to be there.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Networks(usize),
    Rate(usize),
}

fn key(owner: &ClientId, of_scopes: &str, (width, rate): Limits) -> NewKey {
    NewKey {
        scopes: scopes(of_scopes),
        allowed_from: NETWORKS[width].parse().unwrap(),
        rate_limit: RATES[rate].parse().ok(),
        ..NewKey::for_client(owner.clone())
    }
}

impl Who {
    const ALL: [Self; 5] = [
        Self::UnlimitedKey,
        Self::ItsSession,
        Self::LimitedKey,
        Self::SessionOfLimited,
        Self::Person,
    ];

    fn limits(self) -> Limits {
        match self {
            Self::LimitedKey | Self::SessionOfLimited => LIMITED,
            Self::UnlimitedKey | Self::ItsSession | Self::Person => UNLIMITED,
        }
    }

    async fn asker(self, site: &Site, owner: &ClientId) -> Asker {
        let own = "logs:read keys:manage";
        let key = async || site.issue(key(owner, own, self.limits())).await;
        match self {
            Self::UnlimitedKey | Self::LimitedKey => Asker::key(site, &key().await),
            Self::ItsSession | Self::SessionOfLimited => {
                Asker::session_of(site, &key().await).await
            }
            Self::Person => Asker::person(site, owner.clone(), scopes(own), None).await,
        }
    }
}

impl Wanted {
    fn all() -> impl Iterator<Item = Self> {
        let networks = (0..NETWORKS.len()).map(Self::Networks);
        networks.chain((0..RATES.len()).map(Self::Rate))
    }

    fn update(self) -> KeyUpdate {
        match self {
            Self::Networks(to) => networks(NETWORKS[to]),
            Self::Rate(to) => rate(RATES[to]),
        }
    }

    fn is_in(self, key: &KeyRecord) -> bool {
        match self {
            Self::Networks(to) => key.allowed_from == NETWORKS[to].parse::<Networks>().unwrap(),
            Self::Rate(to) => key.rate_limit == RATES[to].parse().ok(),
        }
    }
}

/// Makes a key with these limits as a client does.
async fn made_by(
    site: &Site,
    maker: &Operations,
    owner: &ClientId,
    (width, rate): Limits,
) -> KeyRecord {
    let networks: Networks = NETWORKS[width].parse().unwrap();
    let request = KeyRequest {
        scopes: Some(scopes("logs:read")),
        allow_ip: Some(networks).filter(|networks| !networks.is_empty()),
        rate: RATES[rate].parse().ok(),
        ..KeyRequest::for_client(owner.clone())
    };
    let made = make(maker.clone(), request).await.unwrap();
    site.show(&made).await
}

fn expected(
    own: Limits,
    set_by: SetBy,
    (width, rate): Limits,
    wanted: Wanted,
) -> Result<(), &'static str> {
    let (own_width, own_rate) = own;
    if width > own_width || rate > own_rate {
        return Err("beyond_own_rights");
    }
    let is_providers = set_by == SetBy::Provider;
    match wanted {
        Wanted::Networks(to) => match () {
            () if to > own_width => Err("beyond_own_rights"),
            () if to > width && is_providers => Err("provider_set"),
            () => Ok(()),
        },
        Wanted::Rate(to) => {
            // What it has made counts in its own rate, whatever else is set.
            let counts_in_own = set_by == SetBy::Asker && own_rate < ANY;
            let in_effect = match counts_in_own && to == ANY {
                true => own_rate,
                false => to,
            };
            match () {
                () if in_effect > own_rate => Err("beyond_own_rights"),
                () if to > rate && is_providers => Err("provider_set"),
                // Both together could be used more often than before.
                () if to > rate && own_rate < ANY && !counts_in_own => Err("beyond_own_rights"),
                () => Ok(()),
            }
        }
    }
}

async fn networks_and_rates_are_patched_within_the_rules(site: Site) {
    let mut patched = 0;
    for who in Who::ALL {
        let owner = client(&format!("client-{}", who as usize));
        let other = site.issue(key(&owner, "logs:read", UNLIMITED)).await;
        let (asker, own) = (who.asker(&site, &owner).await, who.limits());
        for set_by in [SetBy::Provider, SetBy::Client, SetBy::Asker] {
            for limits in [0, 1, ANY]
                .into_iter()
                .flat_map(|width| [0, 1, ANY].map(|rate| (width, rate)))
            {
                if set_by == SetBy::Asker && (limits.0 > own.0 || limits.1 > own.1) {
                    continue;
                }
                for wanted in Wanted::all() {
                    let target = match set_by {
                        SetBy::Provider => site.issue(key(&owner, "logs:read", limits)).await,
                        SetBy::Client => made_by(&site, &site.by(&other), &owner, limits).await,
                        SetBy::Asker => made_by(&site, &asker.operations, &owner, limits).await,
                    };
                    let update = wanted.update();
                    let found = outcome(asker.operations.update(&target.id, &update).await);
                    let cell = (who, set_by, limits, wanted);
                    assert_eq!(found, expected(own, set_by, limits, wanted), "{cell:?}");
                    let after = site.show(&target.id).await;
                    match found {
                        Ok(()) => assert!(wanted.is_in(&after), "{cell:?}"),
                        Err(_) => assert_eq!(after, target, "{cell:?}"),
                    }
                    patched += usize::from(found.is_ok());
                }
            }
        }
    }
    assert!(patched > 200, "{patched}");
}
