//! What a store keeps of a quota.

use crate::{
    QuotaRule,
    exchange::{Exchange, Granted, GrantedTerms},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The most that one server holds for requests to come, as a part of the whole. A server that is killed
/// wastes no more.
const SHARE: u64 = 512;
/// The most that one server gets for requests to come, as a part of what is left: less and less, so that
/// little lies unused at some servers when the first has none left.
const SHARE_OF_REST: u64 = 16;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct QuotaLedger {
    period: i32,
    /// What was handed out and not returned: used, or held by a server.
    taken: u64,
}

impl QuotaLedger {
    pub(crate) fn settle(
        &mut self,
        asked: &Exchange,
        (rule, period, wanted): (&QuotaRule, i32, u64),
        now: OffsetDateTime,
    ) -> Granted {
        let (number, ends_in) = rule.period.at(now);
        // A clock that is set back gives nothing again.
        if number > self.period {
            (self.period, self.taken) = (number, 0);
        }
        if period == self.period {
            self.taken = self.taken.saturating_sub(asked.returned);
        }
        let free = rule.most.saturating_sub(self.taken);
        let needed = match asked.least <= free {
            true => asked.needed.min(free),
            false => 0,
        };
        let rest = free - needed;
        let ahead = wanted.min(largest_share(rule)).min(rest / SHARE_OF_REST);
        self.taken += needed + ahead;
        Granted {
            needed,
            ahead,
            left: rest - ahead,
            terms: GrantedTerms::Quota {
                period: self.period,
                ends_in,
            },
        }
    }
}

/// The most that one server holds for requests to come.
pub(crate) fn largest_share(rule: &QuotaRule) -> u64 {
    rule.most / SHARE
}
