//! The arithmetic of stores: from the text of a limit and an exchange to the next text and what is granted.

use crate::{
    exchange::{Exchange, Granted, Terms},
    quota_ledger::QuotaLedger,
    rate_ledger::RateLedger,
};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use time::OffsetDateTime;

/// Settles exchanges against texts that a store keeps.
///
/// A store reads the texts of [`ids`](Self::ids), gives them to [`settle`](Self::settle), writes the changes
/// and tells by [`note_written`](Self::note_written) which were written. It may repeat that for those whose
/// text was changed by somebody else in the meantime.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitId, Period, QuotaRule, exchange::{Exchange, Terms}, settling::Settling};
/// use std::collections::HashMap;
/// use time::OffsetDateTime;
///
/// let rule = QuotaRule { most: 5, period: Period::Day };
/// let id = LimitId::requests_per_day(&"acme_corp".parse()?);
/// let terms = Terms::Quota { rule, period: 0, wanted: 0 };
/// let asked = [Exchange { id, needed: 1, least: 1, returned: 0, terms }];
/// let mut settling = Settling::new(&asked);
/// let changes = settling.settle(&HashMap::new(), OffsetDateTime::UNIX_EPOCH)?;
/// assert_eq!(changes[0].before, None);
/// settling.note_written(&[changes[0].id.clone()]);
/// assert!(settling.ids().is_empty());
/// assert_eq!(settling.finish()[0].needed, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Settling<'a> {
    asked: &'a [Exchange],
    settled: Vec<Option<Granted>>,
    is_written: Vec<bool>,
}

/// A text to be written in the place of another.
///
/// # Examples
///
/// ```
/// use central_logger_limits::settling::Change;
///
/// let change = Change { id: "rate:x".to_owned(), before: None, after: "{}".to_owned() };
/// assert!(change.before.is_none(), "there was none");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The name of the limit.
    pub id: String,
    /// The text that was read, if there was one.
    pub before: Option<String>,
    /// The text to be written.
    pub after: String,
}

/// Error returned when the text of a limit cannot be read.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitId, Period, QuotaRule, exchange::{Exchange, Terms}, settling::Settling};
/// use std::collections::HashMap;
/// use time::OffsetDateTime;
///
/// let id = LimitId::requests_per_day(&"acme_corp".parse()?);
/// let texts = HashMap::from([(id.as_str().to_owned(), "scribbled".to_owned())]);
/// let terms = Terms::Quota { rule: QuotaRule { most: 5, period: Period::Day }, period: 0, wanted: 0 };
/// let asked = [Exchange { id, needed: 1, least: 1, returned: 0, terms }];
/// let error = Settling::new(&asked).settle(&texts, OffsetDateTime::UNIX_EPOCH).unwrap_err();
/// assert!(error.to_string().starts_with("the state of requests_per_day:acme_corp cannot be read"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the state of {id} cannot be read; delete its row to begin anew")]
pub struct UnreadableState {
    /// The name of the limit.
    pub id: String,
    /// What is wrong.
    #[source]
    pub source: serde_json::Error,
}

impl<'a> Settling<'a> {
    /// Begins to settle.
    pub fn new(asked: &'a [Exchange]) -> Self {
        Self {
            asked,
            settled: asked.iter().map(|_| None).collect(),
            is_written: vec![false; asked.len()],
        }
    }

    /// Returns the names of the limits that are not settled yet, each once, in order.
    pub fn ids(&self) -> Vec<&'a str> {
        let open = self.asked.iter().zip(&self.is_written);
        let open = open.filter(|(_, is_written)| !**is_written);
        let mut ids: Vec<_> = open.map(|(asked, _)| asked.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Settles what is not settled yet against the texts that were read, and returns what is to be
    /// written, in the order of the names.
    ///
    /// # Errors
    /// When a text cannot be read.
    pub fn settle(
        &mut self,
        texts: &HashMap<String, String>,
        now: OffsetDateTime,
    ) -> Result<Vec<Change>, UnreadableState> {
        let mut next: HashMap<&str, String> = HashMap::new();
        let each = self.asked.iter().zip(&mut self.settled);
        for ((asked, settled), is_written) in each.zip(&self.is_written) {
            if *is_written {
                continue;
            }
            let id = asked.id.as_str();
            let text = next.get(id).or_else(|| texts.get(id));
            let (after, granted) = settle(text.map(String::as_str), asked, now)?;
            next.insert(id, after);
            *settled = Some(granted);
        }
        let mut changes: Vec<_> = next
            .into_iter()
            .map(|(id, after)| Change {
                id: id.to_owned(),
                before: texts.get(id).cloned(),
                after,
            })
            .collect();
        changes.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        Ok(changes)
    }

    /// Takes note of the limits whose change was written.
    pub fn note_written(&mut self, ids: &[String]) {
        for (asked, is_written) in self.asked.iter().zip(&mut self.is_written) {
            *is_written |= ids.iter().any(|id| id == asked.id.as_str());
        }
    }

    /// Returns what was granted, in the order in which it was asked.
    pub fn finish(self) -> Vec<Granted> {
        self.settled.into_iter().flatten().collect()
    }
}

fn settle(
    text: Option<&str>,
    asked: &Exchange,
    now: OffsetDateTime,
) -> Result<(String, Granted), UnreadableState> {
    let unreadable = |source| UnreadableState {
        id: asked.id.to_string(),
        source,
    };
    match &asked.terms {
        Terms::Rate(terms) => {
            // Microseconds of the years ±9999 fit by far.
            let now = (now.unix_timestamp_nanos() / 1000) as i64;
            let ledger = read(text).map_err(unreadable)?;
            let mut ledger = ledger.unwrap_or_else(|| RateLedger::new(&terms.rule, now));
            let granted = ledger.settle(asked, terms, now);
            Ok((write(&ledger).map_err(unreadable)?, granted))
        }
        Terms::Quota {
            rule,
            period,
            wanted,
        } => {
            let mut ledger: QuotaLedger = read(text).map_err(unreadable)?.unwrap_or_default();
            let granted = ledger.settle(asked, (rule, *period, *wanted), now);
            Ok((write(&ledger).map_err(unreadable)?, granted))
        }
    }
}

fn read<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, serde_json::Error> {
    text.map(serde_json::from_str).transpose()
}

fn write(ledger: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(ledger)
}
