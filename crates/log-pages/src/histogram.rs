//! How many entries there are over time, by status.

use crate::{
    period::Period,
    view::{PATH, View},
};
use central_logger_log_store::{LogStats, LogStoreError};
use central_logger_pages::{
    chart::{self, Bar, Spans},
    count::grouped,
    line,
    status::Tone,
};
use central_logger_tenant_logs::TenantLogs;
use central_logger_times::Timestamp;
use maud::{Markup, html};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::timeout;

/// How long counting may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was counted, or why it was not.
pub enum Histogram {
    /// The counts.
    Counted(LogStats),
    /// There are more statuses than can be counted.
    TooManyStatuses,
    /// It took too long.
    TooSlow,
    /// With these filters nothing can be counted.
    NotCounted,
}

impl Histogram {
    /// Counts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(
        logs: &TenantLogs,
        view: &View,
        now: OffsetDateTime,
    ) -> Result<Self, LogStoreError> {
        let Ok(query) = view.stats("status", view.period.interval().1, now) else {
            return Ok(Self::NotCounted);
        };
        match timeout(PATIENCE, logs.stats(&query)).await {
            Ok(Ok(stats)) => Ok(Self::Counted(stats)),
            Ok(Err(LogStoreError::TooManyValues)) => Ok(Self::TooManyStatuses),
            Ok(Err(LogStoreError::TooSlow)) | Err(_) => Ok(Self::TooSlow),
            Ok(Err(error)) => Err(error),
        }
    }

    /// The chart, or why there is none.
    pub fn markup(&self, view: &View) -> Markup {
        match self {
            Self::Counted(stats) => chart_of(stats, view),
            Self::TooManyStatuses => {
                unseen("There are too many different statuses in this time for a chart.")
            }
            Self::TooSlow => {
                unseen("Counting takes too long for this time: choose a shorter one for a chart.")
            }
            Self::NotCounted => unseen("Entries are not counted by these filters."),
        }
    }
}

fn unseen(why: &str) -> Markup {
    html! { p.nochart { (why) } }
}

fn chart_of(stats: &LogStats, view: &View) -> Markup {
    let totals = stats.totals();
    let sum: u64 = totals.of_first().map(|(_, count)| count).sum();
    if sum == 0 {
        return html! {};
    }
    let bars: Vec<_> = stats
        .buckets()
        .map(|(start, counts)| {
            let period = span(start, view.period);
            Bar {
                start: period.from.get(),
                end: period.to.get(),
                address: view.within(period).address(),
                counts: counts
                    .of_first()
                    .map(|(word, count)| (word.to_owned(), count))
                    .collect(),
            }
        })
        .collect();
    let mut statuses: Vec<_> = totals.of_first().collect();
    statuses.sort_by_key(|(status, count)| (Tone::of(status), std::cmp::Reverse(*count)));
    html! {
        section.panel.histogram aria-label="Entries over time" {
            div.legend {
                strong { @if sum == 1 { "1 entry" } @else { (grouped(sum)) " entries" } }
                @for (status, count) in statuses.iter().take(8) {
                    a class={ "key " (Tone::of(status).class()) } href=(view.with("status", status).address()) {
                        (line(status)) " " span.count { (grouped(*count)) }
                    }
                }
            }
            (chart::bars(&bars, &Spans { action: PATH, further: hidden(view) }))
        }
    }
}

/// All that is asked for but the time.
fn hidden(view: &View) -> Markup {
    html! {
        @for (name, value) in &view.filters { input type="hidden" name=(name) value=(value); }
        @for column in &view.columns { input type="hidden" name="column" value=(column); }
    }
}

/// The part of a period that a bar stands for.
fn span(start: u64, period: Period) -> Period {
    let at = i64::try_from(start)
        .ok()
        .and_then(|start| Timestamp::from_unix_ms(start).ok());
    let from = at.unwrap_or(period.from);
    let to = from.saturating_add(period.interval().0);
    let within = |at: Timestamp| at.get().clamp(period.from.get(), period.to.get());
    Period {
        from: Timestamp::clamped(within(from)),
        to: Timestamp::clamped(within(to)),
    }
}
