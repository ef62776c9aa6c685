use crate::window::Seen;
use central_logger_key_activity::{AlertKind, AlertSubject};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What a detector has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: AlertKind,
    pub(crate) subject: AlertSubject,
    /// How often it was seen in each hour.
    pub(crate) by_hour: BTreeMap<OffsetDateTime, u64>,
    /// When it was last seen.
    pub(crate) last_at: OffsetDateTime,
    /// What was seen, in a line for people, without secrets.
    pub(crate) evidence: String,
}

impl Finding {
    /// Nothing when nothing was seen.
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

/// "1 request", "7 requests".
pub(crate) fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// "from 192.0.2.0/24, 198.51.100.0/24 and 3 other networks", with a space before it.
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
