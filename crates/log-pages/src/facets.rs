//! The values that there are, and how many entries have each.

use crate::view::View;
use central_logger_log_store::{LogStats, LogStoreError};
use central_logger_pages::{count::grouped, line};
use central_logger_tenant_logs::TenantLogs;
use maud::{Markup, html};
use std::{collections::BTreeSet, time::Duration};
use time::OffsetDateTime;
use tokio::time::timeout;

/// A member with few values.
pub struct Facet {
    /// Its name, as a parameter has it.
    pub(crate) name: &'static str,
    label: &'static str,
    values: Values,
}

enum Values {
    /// The most frequent first.
    Counted(Vec<(String, u64)>),
    /// They were not counted in time, or are too many.
    Unknown,
}

const FACETS: [(&str, &str); 3] = [
    ("status", "Status"),
    ("workflow", "Workflow"),
    ("environment", "Environment"),
];

/// So many values of a member are shown.
const MOST: usize = 12;

/// How long the counting of one may take.
const PATIENCE: Duration = Duration::from_secs(2);

impl Facet {
    /// Counts the values of all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all(
        logs: &TenantLogs,
        view: &View,
        now: OffsetDateTime,
    ) -> Result<Vec<Self>, LogStoreError> {
        let mut facets = Vec::new();
        for (name, label) in FACETS {
            let values = count(logs, view, name, now).await?;
            facets.push(Self {
                name,
                label,
                values,
            });
        }
        Ok(facets)
    }

    /// The values to choose from. Those that are chosen are always among them.
    pub(crate) fn fieldset(&self, view: &View) -> Markup {
        let chosen: BTreeSet<_> = view.values(self.name).collect();
        let Values::Counted(counted) = &self.values else {
            return self.field(&chosen);
        };
        let is_chosen = |value: &str| chosen.contains(value);
        let absent = chosen.iter().copied();
        let absent = absent.filter(|value| counted.iter().all(|(found, _)| found != value));
        let shown = counted.iter().enumerate();
        let shown = shown.filter(|(place, (value, _))| *place < MOST || is_chosen(value));
        let shown = shown.map(|(_, (value, count))| (value.as_str(), *count));
        let shown: Vec<_> = shown.chain(absent.map(|value| (value, 0))).collect();
        let more = counted.len().saturating_sub(shown.len());
        html! {
            fieldset {
                legend { (self.label) }
                @for (value, count) in shown {
                    label.check {
                        input type="checkbox" name=(self.name) value=(value) checked[is_chosen(value)];
                        span { (line(value)) }
                        span.count { (grouped(count)) }
                    }
                }
                @if counted.is_empty() && chosen.is_empty() { p.hint { "None in this time" } }
                @if more > 0 {
                    input name=(self.name) aria-label={ "Another " (self.name) } placeholder={ "one of " (more) " more" };
                }
            }
        }
    }

    fn field(&self, chosen: &BTreeSet<&str>) -> Markup {
        html! {
            fieldset {
                legend { (self.label) }
                @for value in chosen {
                    label.check {
                        input type="checkbox" name=(self.name) value=(value) checked;
                        span { (line(value)) }
                    }
                }
                input name=(self.name) aria-label=(self.label) placeholder="exactly" autocomplete="off";
            }
        }
    }
}

/// How many entries have each value, with all filters but those of the member itself.
async fn count(
    logs: &TenantLogs,
    view: &View,
    name: &'static str,
    now: OffsetDateTime,
) -> Result<Values, LogStoreError> {
    let mut others = view.clone();
    others
        .filters
        .retain(|(other, _)| other.strip_prefix("not.").unwrap_or(other) != name);
    let stats = match others.stats(name, view.period.interval().1, now) {
        Ok(query) => timeout(PATIENCE, logs.stats(&query)).await,
        Err(_) => return Ok(Values::Unknown),
    };
    match stats {
        Ok(Ok(stats)) => Ok(Values::Counted(sorted(&stats))),
        Ok(Err(LogStoreError::TooManyValues | LogStoreError::TooSlow)) | Err(_) => {
            Ok(Values::Unknown)
        }
        Ok(Err(error)) => Err(error),
    }
}

fn sorted(stats: &LogStats) -> Vec<(String, u64)> {
    let totals = stats.totals();
    let mut values: Vec<_> = totals
        .of_first()
        .filter(|(value, _)| !value.is_empty())
        .map(|(value, count)| (value.to_owned(), count))
        .collect();
    values.sort_by(|(one, count), (other, more)| (more, one).cmp(&(count, other)));
    values
}
