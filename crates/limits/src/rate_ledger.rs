//! What a store keeps of a rate: a bucket, of which servers hold parts.
//!
//! The bucket of the store and those of the servers hold `burst` requests together, and as much flows into
//! all of them together as the rate allows. So all servers together accept no more in any time than one
//! bucket would (the generic cell rate algorithm).

use crate::{
    RateRule,
    exchange::{Exchange, Granted, GrantedTerms, RateTerms, Stake},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A slower rate, in requests of a second, is not divided: each request is taken from the store. So few ask
/// in any case, and one request at a server would say that it needs all of the rate.
const DIVIDED_FROM: u64 = 20;
/// More than so many times the rate is as good as any demand.
const MOST_DEMAND: u64 = 1000;
/// No stake lasts longer, also when the clock of the store was set back.
const LONGEST_LEASE: i64 = 60_000_000;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RateLedger {
    /// What the bucket of the store holds, in units of which a request has as many as a period has
    /// microseconds.
    level: u64,
    /// How many that were.
    unit: u64,
    /// When, in microseconds.
    at: i64,
    parts: Vec<Part>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    part: u64,
    turn: u64,
    stake: Stake,
    demand: u64,
    /// Until it may be used at the latest, in microseconds.
    until: i64,
}

impl RateLedger {
    /// A full bucket.
    pub(crate) fn new(rule: &RateRule, now: i64) -> Self {
        Self {
            level: u64::from(rule.burst.get()) * rule.unit(),
            unit: rule.unit(),
            at: now,
            parts: Vec::new(),
        }
    }

    pub(crate) fn settle(&mut self, asked: &Exchange, terms: &RateTerms, now: i64) -> Granted {
        let rule = &terms.rule;
        let (unit, requests) = (rule.unit(), rule.requests.get());
        self.flow_in(rule, now);
        self.parts.retain(|part| part.until > now);
        for part in &mut self.parts {
            part.until = part.until.min(now.saturating_add(LONGEST_LEASE));
        }
        let place = self.parts.iter().position(|part| part.part == terms.part);
        if place.is_some_and(|place| self.parts[place].turn >= terms.turn) {
            return self.granted(rule, (0, 0), (false, Stake::default(), Stake::default()));
        }
        let known = place.map(|place| self.parts.remove(place));
        let is_kept = match &known {
            Some(known) => {
                terms.kept.flow <= known.stake.flow && terms.kept.room <= known.stake.room
            }
            None => terms.kept == Stake::default(),
        };
        let kept = if is_kept {
            terms.kept
        } else {
            Stake::default()
        };
        let free = self.free(rule, kept);
        // What comes from no part that is known has lost its room to others.
        let returned = known.map_or(0, |_| asked.returned.saturating_mul(unit));
        self.level = self.level.saturating_add(returned);
        self.level = self.level.min(u64::from(free.room) * unit);
        let needed = asked.needed.min(self.level / unit);
        self.level -= needed * unit;
        let target = self.target(rule, terms.demand);
        let mut added = Stake {
            flow: target.flow.saturating_sub(kept.flow).min(free.flow),
            room: target.room.saturating_sub(kept.room).min(free.room),
        };
        let mut stake = kept.and(added);
        if stake.is_empty() {
            (stake, added) = (kept, Stake::default());
        }
        let space = if is_kept {
            terms.space.min(kept.room)
        } else {
            0
        };
        let ahead = u64::from(space + added.room).min(self.level / unit);
        self.level -= ahead * unit;
        self.level = self.level.min(u64::from(free.room - added.room) * unit);
        if stake != Stake::default() || terms.demand > 0 {
            let lease = i64::try_from(terms.lease.as_micros()).unwrap_or(i64::MAX);
            self.parts.push(Part {
                part: terms.part,
                turn: terms.turn,
                stake,
                demand: terms.demand.min(u64::from(requests) * MOST_DEMAND),
                until: now.saturating_add(lease.min(LONGEST_LEASE)),
            });
        }
        self.granted(rule, (needed, ahead), (is_kept, added, target))
    }

    /// Lets flow in what has come since the last time.
    fn flow_in(&mut self, rule: &RateRule, now: i64) {
        let free = self.free(rule, Stake::default());
        if self.unit != rule.unit() {
            // The rate was changed to one of another period.
            self.level = (self.level / self.unit.max(1)).saturating_mul(rule.unit());
            self.unit = rule.unit();
        }
        // A clock that is set back lets nothing flow out.
        let elapsed = u64::try_from(now.saturating_sub(self.at)).unwrap_or(0);
        let inflow = u64::from(free.flow).saturating_mul(elapsed);
        let most = u64::from(free.room) * rule.unit();
        self.level = self.level.saturating_add(inflow).min(most);
        self.at = now;
    }

    /// What no server holds, beside `kept`.
    fn free(&self, rule: &RateRule, kept: Stake) -> Stake {
        let stakes = self.parts.iter().map(|part| part.stake);
        stakes.chain([kept]).fold(
            Stake {
                flow: rule.requests.get(),
                room: rule.burst.get(),
            },
            |free, stake| Stake {
                flow: free.flow.saturating_sub(stake.flow),
                room: free.room.saturating_sub(stake.room),
            },
        )
    }

    /// What a server with a demand should have, beside the other parts.
    fn target(&self, rule: &RateRule, demand: u64) -> Stake {
        let (requests, burst) = (u64::from(rule.requests.get()), u64::from(rule.burst.get()));
        if demand == 0 || !is_divided(rule) {
            return Stake::default();
        }
        let demand = demand.min(requests * MOST_DEMAND);
        let demands = || self.parts.iter().map(|part| part.demand).chain([demand]);
        let total: u64 = demands().sum();
        let flow = match total > requests {
            // A number of a rate, so it fits.
            true => (requests * demand / total).max(1) as u32,
            false => with_reserve(rule, demand),
        };
        // A small flow overflows a small room more often than a large flow overflows one that is as much
        // larger: so rooms are divided by the roots.
        let root = |demand: u64| demand.saturating_mul(10_000).isqrt();
        let unused = requests.saturating_sub(total);
        let roots: u64 = demands().chain([unused]).map(root).sum();
        let room = (burst * root(demand) + roots / 2) / roots;
        Stake {
            flow,
            room: room.clamp(1, burst) as u32,
        }
    }

    fn granted(
        &self,
        rule: &RateRule,
        (needed, ahead): (u64, u64),
        (is_kept, added, target): (bool, Stake, Stake),
    ) -> Granted {
        let unit = rule.unit();
        let missing = unit.saturating_sub(self.level);
        let wait = missing.div_ceil(u64::from(rule.requests.get()));
        Granted {
            needed,
            ahead,
            left: self.level / unit,
            terms: GrantedTerms::Rate {
                is_kept,
                added,
                target,
                wait: Duration::from_micros(wait),
            },
        }
    }
}

/// Whether servers may hold parts of a rate.
pub(crate) fn is_divided(rule: &RateRule) -> bool {
    u64::from(rule.requests.get()) >= DIVIDED_FROM.saturating_mul(rule.period.as_secs())
}

/// The flow for a demand, and some more, since demand goes up and down.
pub(crate) fn with_reserve(rule: &RateRule, demand: u64) -> u32 {
    let flow = demand.saturating_add(demand / 4 + 1);
    // A number of a rate, so it fits.
    flow.min(rule.requests.get().into()) as u32
}

impl Stake {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            flow: self.flow + other.flow,
            room: self.room + other.room,
        }
    }
}
