use crate::window::Seen;
use central_logger_key_activity::{AlertKind, AlertSubject};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// A finding of a detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: AlertKind,
    pub(crate) subject: AlertSubject,
    /// The number of times that it was seen in each hour.
    pub(crate) by_hour: BTreeMap<OffsetDateTime, u64>,
    /// The time at which it was last seen.
    pub(crate) last_at: OffsetDateTime,
    /// A line for people about what was seen, without secrets.
    pub(crate) evidence: String,
}

impl Finding {
    /// Returns a finding, or `None` when nothing was seen.
    pub(crate) fn of(
        kind: AlertKind,
        subject: AlertSubject,
        seen: Seen,
        evidence: String,
    ) -> Option<Self> {
        Some(Self {
            kind,
            subject,
            last_at: seen.last_at?,
            by_hour: seen.by_hour,
            evidence,
        })
    }
}

/// Returns "1 request" or "7,000 requests".
pub(crate) fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{} {what}s", grouped(number)),
    }
}

/// Returns a number with a comma between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", grouped(thousands)),
    }
}

/// Returns "from 192.0.2.0/24, 198.51.100.0/24 and 3 other networks", with a space before it.
pub(crate) fn from_networks(seen: &Seen) -> String {
    const NAMED: usize = 3;
    let networks = seen.all_networks();
    let named: Vec<_> = networks.iter().take(NAMED).copied().collect();
    let named = named.join(", ");
    match networks.len() {
        0 => String::new(),
        1..=NAMED => format!(" from {named}"),
        number => {
            let others = counted((number - NAMED) as u64, "other network");
            format!(" from {named} and {others}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_in_groups() {
        for (number, text) in [
            (0, "0 keys"),
            (1, "1 key"),
            (999, "999 keys"),
            (9980, "9,980 keys"),
            (1_000_007, "1,000,007 keys"),
        ] {
            assert_eq!(counted(number, "key"), text);
        }
    }
}
