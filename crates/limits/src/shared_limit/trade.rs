//! What a share gives to the store and gets from it.

use super::{Pause, SharedLimit, State, nanoseconds};
use crate::{
    LimitStoreError, QuotaRule, RateRule, Rule, Taken,
    bucket::Contents,
    exchange::{Exchange, Granted, GrantedTerms, RateTerms, Stake, Terms},
    quota_ledger, rate_ledger,
};
use std::{sync::atomic::Ordering, time::Duration};

/// Why the store is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A request needs so many units.
    Need(u64),
    /// The share is to be as large as the demand.
    Renew,
    /// All is returned.
    Return,
}

/// How long the store is not asked again after an answer that did not suffice, in nanoseconds.
const PAUSE: u64 = 100_000_000;

impl SharedLimit {
    /// Returns what to ask the store, if anything. What is returned by it is not held any more.
    pub(crate) fn exchange(&self, purpose: Purpose, now: u64, lease: Duration) -> Option<Exchange> {
        let mut state = self.lock();
        let per_second = state.demand.observe(&self.asked, now);
        let is_ending = purpose == Purpose::Return || self.is_retired.load(Ordering::Acquire);
        let per_second = if is_ending { 0.0 } else { per_second };
        if now >= self.valid_until.load(Ordering::Acquire) {
            self.forget_units();
        }
        let (needed, least) = match purpose {
            Purpose::Need(amount) => (self.waiting.load(Ordering::Acquire).max(amount), amount),
            Purpose::Renew | Purpose::Return => (0, 0),
        };
        let (returned, terms, is_of_use) = match self.rule {
            Rule::Rate(rule) => {
                let demand = (per_second * rule.period.as_secs_f64()).ceil() as u64;
                let had_stake = self.bucket.stake() != Stake::default();
                let (kept, space, mut returned) = self.keep_of_rate(&state, &rule, demand, now);
                if needed == 0 {
                    returned += self.units.swap(0, Ordering::AcqRel);
                }
                state.turn += 1;
                let terms = RateTerms {
                    rule,
                    part: self.part,
                    turn: state.turn,
                    kept,
                    space,
                    demand,
                    lease,
                };
                let is_of_use = had_stake || demand > 0 && rate_ledger::is_divided(&rule);
                (returned, Terms::Rate(terms), is_of_use)
            }
            Rule::Quota(rule) => {
                let (returned, wanted) = self.keep_of_quota(&mut state, &rule, purpose, per_second);
                let period = state.period;
                let terms = Terms::Quota {
                    rule,
                    period,
                    wanted,
                };
                (returned, terms, wanted > 0)
            }
        };
        (needed > 0 || returned > 0 || is_of_use).then(|| Exchange {
            id: self.id.clone(),
            needed,
            least,
            returned,
            terms,
        })
    }

    /// Gives up what demand does not need, or others need more. Returns what is kept, how many more
    /// requests fit into it, and how many are returned.
    fn keep_of_rate(
        &self,
        state: &State,
        rule: &RateRule,
        demand: u64,
        now: u64,
    ) -> (Stake, u32, u64) {
        let period = self.bucket.period();
        let is_valid = now < self.valid_until.load(Ordering::Acquire);
        let (mut returned, mut space) = (0, 0);
        let contents = self.bucket.change(now, |held| {
            if !is_valid {
                return Contents::default();
            }
            let most = rate_ledger::with_reserve(rule, demand);
            let kept = Stake {
                flow: held.stake.flow.min(state.target.flow).min(most),
                room: held.stake.room.min(state.target.room),
            };
            if demand == 0 || kept.is_empty() {
                returned = requests(held.level, period);
                return Contents::default();
            }
            let room = u128::from(kept.room) * period;
            let given = requests(held.level.saturating_sub(room), period);
            returned = given;
            let level = (held.level - u128::from(given) * period).min(room);
            space = u32::try_from((room - level) / period).unwrap_or(kept.room);
            Contents { stake: kept, level }
        });
        (contents.stake, space, returned)
    }

    /// Gives up what demand does not need. Returns how much is returned, and how much is to be held.
    fn keep_of_quota(
        &self,
        state: &mut State,
        rule: &QuotaRule,
        purpose: Purpose,
        per_second: f64,
    ) -> (u64, u64) {
        let inherited = std::mem::take(&mut state.inherited);
        let wanted = (per_second.ceil() as u64).min(quota_ledger::largest_share(rule));
        if matches!(purpose, Purpose::Need(_)) || wanted == 0 {
            // What is held does not suffice, so it is counted anew.
            return (inherited + self.units.swap(0, Ordering::AcqRel), wanted);
        }
        let mut surplus = 0;
        let order = Ordering::AcqRel;
        let keep = |held: u64| {
            surplus = held.saturating_sub(wanted);
            (surplus > 0).then_some(wanted)
        };
        let held = match self.units.fetch_update(order, Ordering::Acquire, keep) {
            Ok(_) => wanted,
            Err(held) => {
                surplus = 0;
                held
            }
        };
        let missing = if held < wanted.div_ceil(2) {
            wanted - held
        } else {
            0
        };
        (inherited + surplus, missing)
    }

    /// Takes what was granted, for an exchange that was begun at `began`. Returns what the request gets
    /// that has asked for it.
    pub(crate) fn apply(
        &self,
        asked: &Exchange,
        granted: &Granted,
        (began, now): (u64, u64),
        lease: Duration,
    ) -> Option<Taken> {
        let mut state = self.lock();
        self.left.store(granted.left, Ordering::Relaxed);
        let own = asked.least;
        let is_served = own > 0 && granted.needed >= own;
        let mut more = granted.needed - if is_served { own } else { 0 };
        let (held, wait) = match granted.terms {
            GrantedTerms::Rate {
                is_kept,
                added,
                target,
                wait,
            } => {
                state.target = target;
                let (period, ahead) = (self.bucket.period(), u128::from(granted.ahead));
                let contents = self.bucket.change(now, |held| {
                    let held = if is_kept { held } else { Contents::default() };
                    Contents {
                        stake: held.stake.and(added),
                        level: held.level + ahead * period,
                    }
                });
                let until = began.saturating_add(nanoseconds(lease * 9 / 10));
                self.valid_until.store(until, Ordering::Release);
                (requests(contents.level, period), wait)
            }
            GrantedTerms::Quota { period, ends_in } => {
                more += granted.ahead;
                if state.period != period {
                    self.forget_units();
                    state.period = period;
                }
                let until = began.saturating_add(nanoseconds(ends_in));
                self.valid_until.store(until, Ordering::Release);
                (0, ends_in)
            }
        };
        let before = self.units.fetch_add(more, Ordering::AcqRel);
        let is_short = granted.needed < asked.needed;
        state.pause = is_short.then(|| Pause {
            until: now + PAUSE,
            wait: Some(wait),
        });
        is_served.then(|| Taken {
            remaining: before + more + held + granted.left,
            epoch: self.epoch.load(Ordering::Acquire),
        })
    }

    /// Takes note that the store did not answer.
    pub(crate) fn apply_failure(&self, now: u64, error: &LimitStoreError) {
        tracing::debug!(limit = %self.id, error = %central_logger_text::Report(error), "a limit could not be asked for");
        self.lock().pause = Some(Pause {
            until: now + PAUSE,
            wait: None,
        });
    }

    /// Whether others lack what is held here.
    pub(crate) fn holds_too_much(&self) -> bool {
        let (flow, target) = (self.bucket.stake().flow, self.lock().target.flow);
        flow > target.saturating_add(target / 8 + 1)
    }

    /// Whether nothing is held and nothing asked.
    pub(crate) fn is_idle(&self) -> bool {
        let is_over = self.lock().demand.is_over();
        let holds_nothing = self.units.load(Ordering::Acquire) == 0;
        is_over && holds_nothing && self.bucket.stake() == Stake::default()
    }

    /// Drops units that may not be used any more.
    fn forget_units(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.units.store(0, Ordering::Release);
    }
}

/// The whole requests of a level.
fn requests(level: u128, period: u128) -> u64 {
    u64::try_from(level / period).unwrap_or(u64::MAX)
}
