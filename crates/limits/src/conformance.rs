//! What every store of limits must do, as single checks.
//!
//! Names of limits are new in each check, so that all checks may run at the same time against one store.
//!
//! [`limit_store_checks!`](crate::limit_store_checks) turns the checks into tests. It takes the path of an
//! `async fn` that opens the store for one test. It returns the store, and a guard that is dropped after the
//! test, such as a temporary directory, or `()`:
//!
//! ```
//! # #[cfg(feature = "testing")]
//! mod tests {
//!     use central_logger_limits::{MemoryLimits, limit_store_checks};
//!     use central_logger_times::SystemClock;
//!     use std::sync::Arc;
//!
//!     async fn opened() -> (MemoryLimits, ()) {
//!         (MemoryLimits::new(Arc::new(SystemClock)), ())
//!     }
//!
//!     limit_store_checks!(opened);
//! }
//! ```
//!
//! # Panics
//! Each check panics if the store violates the contract of [`LimitStore`].
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::{
    LimitId, LimitStore, Period, QuotaRule, RateRule,
    exchange::{Exchange, Granted, GrantedTerms, RateTerms, Stake, Terms},
};
use central_logger_keys::KeyId;
use std::{num::NonZeroU32, sync::Arc, time::Duration};

/// Makes a test of each check.
#[macro_export]
macro_rules! limit_store_checks {
    ($open:expr) => {
        $crate::__limit_tests! { ($open)
            hands_out_a_quota_once,
            takes_back_what_is_returned_in_its_period_only,
            keeps_limits_apart,
            settles_several_exchanges_of_one_limit_in_order,
            gives_nothing_twice_to_many_who_ask_at_once,
            divides_a_rate_by_demand,
            ignores_an_exchange_that_arrives_late,
            ends_a_stake_that_was_not_renewed,
            forgets_what_is_not_used,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __limit_tests {
    (($open:expr) $($check:ident,)+) => {
        mod limits {
            use super::*;
            $(
                #[tokio::test]
                async fn $check() {
                    let (store, _guard) = $open().await;
                    let store: std::sync::Arc<dyn $crate::LimitStore> = std::sync::Arc::new(store);
                    $crate::conformance::$check(&store).await;
                }
            )+
        }
    };
}

fn new_id() -> LimitId {
    LimitId::rate(&KeyId::generate().unwrap())
}

fn quota(id: &LimitId, most: u64, needed: u64) -> Exchange {
    let period = Period::Month;
    Exchange {
        id: id.clone(),
        needed,
        least: needed.min(1),
        returned: 0,
        terms: Terms::Quota {
            rule: QuotaRule { most, period },
            period: 0,
            wanted: 0,
        },
    }
}

fn rate(id: &LimitId, part: u64, turn: u64) -> Exchange {
    let number = |number| NonZeroU32::new(number).unwrap();
    Exchange {
        id: id.clone(),
        needed: 0,
        least: 0,
        returned: 0,
        terms: Terms::Rate(RateTerms {
            // So slow, for its burst, that no time has to be looked at.
            rule: RateRule {
                requests: number(100_000),
                period: Duration::from_secs(3600),
                burst: number(10_000),
            },
            part,
            turn,
            kept: Stake::default(),
            space: 0,
            demand: 0,
            lease: Duration::from_secs(50),
        }),
    }
}

fn with_demand(exchange: Exchange, demand: u64) -> Exchange {
    with_terms(exchange, |terms| RateTerms { demand, ..terms })
}

fn with_terms(exchange: Exchange, change: impl FnOnce(RateTerms) -> RateTerms) -> Exchange {
    let Terms::Rate(terms) = exchange.terms else {
        panic!("it is of a rate");
    };
    Exchange {
        terms: Terms::Rate(change(terms)),
        ..exchange
    }
}

async fn settle(store: &Arc<dyn LimitStore>, asked: Exchange) -> Granted {
    let mut granted = store.exchange(&[asked]).await.unwrap();
    assert_eq!(granted.len(), 1);
    granted.remove(0)
}

fn period_of(granted: &Granted) -> i32 {
    match granted.terms {
        GrantedTerms::Quota { period, .. } => period,
        GrantedTerms::Rate { .. } => panic!("it is of a quota"),
    }
}

fn stake_of(granted: &Granted) -> (bool, Stake) {
    match granted.terms {
        GrantedTerms::Rate { is_kept, added, .. } => (is_kept, added),
        GrantedTerms::Quota { .. } => panic!("it is of a rate"),
    }
}

/// A quota is not handed out twice, and what does not suffice is not handed out.
pub async fn hands_out_a_quota_once(store: &Arc<dyn LimitStore>) {
    let id = new_id();
    let first = settle(store, quota(&id, 5, 3)).await;
    assert_eq!((first.needed, first.left), (3, 2));
    let too_much = Exchange {
        least: 3,
        ..quota(&id, 5, 3)
    };
    let refused = settle(store, too_much).await;
    assert_eq!((refused.needed, refused.left), (0, 2));
    let rest = settle(store, quota(&id, 5, 3)).await;
    assert_eq!((rest.needed, rest.left), (2, 0));
    assert_eq!(settle(store, quota(&id, 5, 1)).await.needed, 0);
    assert_eq!(settle(store, quota(&id, 9, 7)).await.needed, 4, "raised");
    assert_eq!(settle(store, quota(&id, 2, 1)).await.needed, 0, "lowered");
}

/// What is returned is there for others, but nothing of an earlier period.
pub async fn takes_back_what_is_returned_in_its_period_only(store: &Arc<dyn LimitStore>) {
    let id = new_id();
    let first = settle(store, quota(&id, 5, 5)).await;
    let return_in = |period| {
        let asked = quota(&id, 5, 0);
        let Terms::Quota { rule, wanted, .. } = asked.terms else {
            panic!("it is of a quota");
        };
        Exchange {
            returned: 2,
            terms: Terms::Quota {
                rule,
                period,
                wanted,
            },
            ..asked
        }
    };
    let period = period_of(&first);
    assert_eq!(settle(store, return_in(period - 1)).await.left, 0);
    assert_eq!(settle(store, return_in(period)).await.left, 2);
    assert_eq!(settle(store, quota(&id, 5, 5)).await.needed, 2);
}

/// Limits do not know each other.
pub async fn keeps_limits_apart(store: &Arc<dyn LimitStore>) {
    let (one, other) = (new_id(), new_id());
    let asked = [quota(&one, 5, 5), quota(&other, 5, 1)];
    let granted = store.exchange(&asked).await.unwrap();
    let needed: Vec<_> = granted.iter().map(|granted| granted.needed).collect();
    assert_eq!(needed, [5, 1], "in the order in which it was asked");
    assert_eq!(settle(store, quota(&other, 5, 5)).await.needed, 4);
    assert!(store.exchange(&[]).await.unwrap().is_empty());
}

/// Several exchanges of one limit at once are settled as if they came one by one.
pub async fn settles_several_exchanges_of_one_limit_in_order(store: &Arc<dyn LimitStore>) {
    let (id, other) = (new_id(), new_id());
    let asked = [3, 1, 3].map(|needed| quota(&id, 5, needed));
    let asked = [&asked[..], &[quota(&other, 1, 1)]].concat();
    let granted = store.exchange(&asked).await.unwrap();
    let needed: Vec<_> = granted.iter().map(|granted| granted.needed).collect();
    assert_eq!(needed, [3, 1, 1, 1]);
}

/// However many ask at once, all get as much as there is.
pub async fn gives_nothing_twice_to_many_who_ask_at_once(store: &Arc<dyn LimitStore>) {
    const MOST: u64 = 40;
    let ids = [new_id(), new_id(), new_id()];
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let (store, mut ids) = (Arc::clone(store), ids.clone());
            ids.rotate_left(number % 3);
            tokio::spawn(async move {
                let asked = ids.map(|id| quota(&id, MOST, 4));
                let granted = store.exchange(&asked).await.unwrap();
                granted.iter().map(|granted| granted.needed).sum::<u64>()
            })
        })
        .collect();
    let mut needed = 0;
    for task in tasks {
        needed += task.await.unwrap();
    }
    assert_eq!(needed, 3 * MOST);
}

/// Servers get parts of a rate by their demand, which are together no more than the whole.
pub async fn divides_a_rate_by_demand(store: &Arc<dyn LimitStore>) {
    let id = new_id();
    let first = settle(store, with_demand(rate(&id, 1, 1), 300_000)).await;
    let all = Stake {
        flow: 100_000,
        room: 10_000,
    };
    assert_eq!((stake_of(&first), first.ahead), ((true, all), 10_000));
    let second = settle(store, with_demand(rate(&id, 2, 1), 100_000)).await;
    assert_eq!(stake_of(&second), (true, Stake::default()));
    // The first gives way, and returns some of the requests that it holds.
    let kept = Stake {
        flow: 75_000,
        room: 7_000,
    };
    let less = with_terms(rate(&id, 1, 2), |terms| RateTerms { kept, ..terms });
    let less = Exchange {
        returned: 3_000,
        ..with_demand(less, 300_000)
    };
    assert_eq!(stake_of(&settle(store, less).await).1, Stake::default());
    let second = settle(store, with_demand(rate(&id, 2, 2), 100_000)).await;
    let quarter = Stake {
        flow: 25_000,
        room: 3_000,
    };
    assert_eq!((stake_of(&second).1, second.ahead), (quarter, 3_000));
}

/// What was decided before a later exchange is not applied after it.
pub async fn ignores_an_exchange_that_arrives_late(store: &Arc<dyn LimitStore>) {
    let id = new_id();
    settle(store, with_demand(rate(&id, 1, 1), 50_000)).await;
    let kept = Stake {
        flow: 40_000,
        room: 4_000,
    };
    let renewed = with_terms(rate(&id, 1, 3), |terms| RateTerms { kept, ..terms });
    settle(store, with_demand(renewed, 50_000)).await;
    let late = with_terms(rate(&id, 1, 2), |terms| RateTerms {
        kept: Stake {
            flow: 9_000,
            room: 1_000,
        },
        ..terms
    });
    let late = settle(store, with_demand(late, 50_000)).await;
    assert_eq!((late.needed, late.ahead), (0, 0));
    assert_eq!(stake_of(&late).1, Stake::default());
    let next = with_terms(rate(&id, 1, 4), |terms| RateTerms { kept, ..terms });
    assert!(stake_of(&settle(store, with_demand(next, 50_000)).await).0);
}

/// A server that does not come back holds nothing any more when its lease has run out.
pub async fn ends_a_stake_that_was_not_renewed(store: &Arc<dyn LimitStore>) {
    let id = new_id();
    let brief = with_terms(rate(&id, 1, 1), |terms| RateTerms {
        lease: Duration::ZERO,
        ..terms
    });
    settle(store, with_demand(brief, 300_000)).await;
    let second = settle(store, with_demand(rate(&id, 2, 1), 300_000)).await;
    let all = Stake {
        flow: 100_000,
        room: 10_000,
    };
    assert_eq!(stake_of(&second), (true, all));
    assert_eq!(second.ahead, 0, "what the first held counts as used");
    let kept = all;
    let late = with_terms(rate(&id, 1, 2), |terms| RateTerms { kept, ..terms });
    assert!(!stake_of(&settle(store, late).await).0);
}

/// A limit that was not used for long begins anew.
pub async fn forgets_what_is_not_used(store: &Arc<dyn LimitStore>) {
    let id = new_id();
    settle(store, quota(&id, 5, 5)).await;
    let long_ago = time::OffsetDateTime::UNIX_EPOCH;
    store.purge(long_ago).await.unwrap();
    assert_eq!(settle(store, quota(&id, 5, 1)).await.needed, 0);
}
