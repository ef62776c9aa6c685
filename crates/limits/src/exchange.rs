//! What servers and stores tell each other about a limit.

use crate::{LimitId, QuotaRule, RateRule};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a server asks about a limit, and returns of its share.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitId, Period, QuotaRule, exchange::{Exchange, Terms}};
///
/// let rule = QuotaRule { most: 100_000, period: Period::Day };
/// let asked = Exchange {
///     id: LimitId::requests_per_day(&"acme_corp".parse()?),
///     needed: 1, // for a request that waits
///     least: 1,
///     returned: 0,
///     terms: Terms::Quota { rule, period: 0, wanted: 50 },
/// };
/// assert!(asked.needed >= asked.least);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The limit.
    pub id: LimitId,
    /// The units that requests wait for.
    pub needed: u64,
    /// The fewest units that help.
    pub least: u64,
    /// The units that the server does not need any more.
    pub returned: u64,
    /// What depends on the kind of limit.
    pub terms: Terms,
}

/// What an [`Exchange`] has for one kind of limit.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{Period, QuotaRule, exchange::Terms};
///
/// let rule = QuotaRule { most: 5, period: Period::Day };
/// let terms = Terms::Quota { rule, period: 0, wanted: 0 };
/// assert!(matches!(terms, Terms::Quota { wanted: 0, .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terms {
    /// Of a rate.
    Rate(RateTerms),
    /// Of a quota.
    Quota {
        /// The quota.
        rule: QuotaRule,
        /// The number of the period that the returned units are of.
        period: i32,
        /// The units to be held for requests to come.
        wanted: u64,
    },
}

/// What an [`Exchange`] has for a rate.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{RateRule, exchange::{RateTerms, Stake}};
/// use std::{num::NonZeroU32, time::Duration};
///
/// let (requests, burst) = (NonZeroU32::new(100).unwrap(), NonZeroU32::new(10).unwrap());
/// let terms = RateTerms {
///     rule: RateRule { requests, period: Duration::from_secs(1), burst },
///     part: 17,
///     turn: 1,
///     kept: Stake::default(),
///     space: 0,
///     demand: 80,
///     lease: Duration::from_secs(2),
/// };
/// assert_eq!(terms.kept.flow, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateTerms {
    /// The rate.
    pub rule: RateRule,
    /// The number of the part that asks; no two parts share one.
    pub part: u64,
    /// The number of the exchange, which grows with each. One that arrives late is not applied.
    pub turn: u64,
    /// What the server keeps of its stake.
    pub kept: Stake,
    /// The requests that still fit into the kept room.
    pub space: u32,
    /// The requests of a period, if they go on as they did.
    pub demand: u64,
    /// How long the stake lasts unless it is renewed.
    pub lease: Duration,
}

/// A part of a rate: a smaller bucket with a smaller flow.
///
/// # Examples
///
/// ```
/// use central_logger_limits::exchange::Stake;
///
/// let half_of_100_a_second = Stake { flow: 50, room: 5 };
/// assert_ne!(half_of_100_a_second, Stake::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stake {
    /// The requests that flow in during a period.
    pub flow: u32,
    /// The requests that it holds at most.
    pub room: u32,
}

/// What a store grants.
///
/// # Examples
///
/// ```
/// use central_logger_limits::exchange::{Granted, GrantedTerms};
/// use std::time::Duration;
///
/// let terms = GrantedTerms::Quota { period: 20_000, ends_in: Duration::from_secs(60) };
/// let granted = Granted { needed: 1, ahead: 49, left: 950, terms };
/// assert_eq!(granted.needed + granted.ahead, 50);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Of the units that requests wait for.
    pub needed: u64,
    /// Units for requests to come.
    pub ahead: u64,
    /// The units that nobody holds.
    pub left: u64,
    /// What depends on the kind of limit.
    pub terms: GrantedTerms,
}

/// What a [`Granted`] has for one kind of limit.
///
/// # Examples
///
/// ```
/// use central_logger_limits::exchange::GrantedTerms;
/// use std::time::Duration;
///
/// let terms = GrantedTerms::Quota { period: 20_000, ends_in: Duration::from_secs(60) };
/// assert!(matches!(terms, GrantedTerms::Quota { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantedTerms {
    /// Of a rate.
    Rate {
        /// Whether the kept stake is still the server's. Otherwise it is gone.
        is_kept: bool,
        /// What comes to the kept stake.
        added: Stake,
        /// What the server should have, by the demand of all. What it has beyond, others lack.
        target: Stake,
        /// The time until the whole rate lets one more request through.
        wait: Duration,
    },
    /// Of a quota.
    Quota {
        /// The number of the period that the granted units are of.
        period: i32,
        /// The time until its end.
        ends_in: Duration,
    },
}

impl Stake {
    /// Whether it lets nothing through.
    pub(crate) fn is_empty(self) -> bool {
        self.flow == 0 || self.room == 0
    }
}
