//! The limits of a client, and how much of each is left.

use ::time::{OffsetDateTime, Time};
use central_logger_key_activity::Usage;
use central_logger_key_store::quota::QuotaDimension;
use central_logger_operation_routes::problems::of_operation;
use central_logger_pages::{Failure, count, line};
use central_logger_people::Person;
use central_logger_times::Timestamp;
use maud::{Markup, html};
use std::num::NonZeroU64;

/// Each limit, with what was used of it.
pub(crate) async fn limits(person: &Person) -> Result<Markup, Failure> {
    let quota = person.quota();
    if quota.is_unlimited() {
        return Ok(html! {
            h2 { "Limits" }
            p.soft { "Your provider has set no limits for " (line(person.client().as_str())) "." }
        });
    }
    let today = used_since(person, person.now.replace_time(Time::MIDNIGHT)).await?;
    let month = person.now.replace_day(1).unwrap_or(person.now);
    let month = used_since(person, month.replace_time(Time::MIDNIGHT)).await?;
    let rows = QuotaDimension::ALL.map(|dimension| {
        let limit = quota.limit(dimension).map(NonZeroU64::get);
        let used = match dimension {
            QuotaDimension::RequestsPerDay => today.requests,
            QuotaDimension::RequestsPerMonth => month.requests,
            QuotaDimension::EntriesPerDay => today.entries,
            _ => today.bytes,
        };
        (dimension, limit, used)
    });
    Ok(html! {
        h2 { "Limits" }
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Limit" }
                        th.number scope="col" { "At most" }
                        th.number scope="col" { "Used" }
                        th.number scope="col" { "Left" }
                        th scope="col" { span.unseen { "Share used" } }
                    }
                }
                tbody {
                    @for (dimension, limit, used) in rows {
                        @if let Some(limit) = limit { (row(dimension, limit, used)) }
                    }
                }
            }
        }
        p.hint { "Days and months are those of UTC. What was used is up to a few seconds old." }
    })
}

fn row(dimension: QuotaDimension, limit: u64, used: u64) -> Markup {
    let shown = |number: u64| match dimension {
        QuotaDimension::BytesPerDay => count::bytes(number),
        _ => count::grouped(number),
    };
    let left = limit.saturating_sub(used);
    html! {
        tr {
            th scope="row" { (dimension.as_str().replace('_', " ")) }
            td.number data-label="At most" { (shown(limit)) }
            td.number data-label="Used" { (shown(used)) }
            td.number data-label="Left" { @if left == 0 { strong.bad { "nothing" } } @else { (shown(left)) } }
            td { meter.share min="0" max=(limit) value=(used.min(limit)) high=(limit - limit / 10) aria-label="Share used" {} }
        }
    }
}

#[derive(Default)]
struct Used {
    requests: u64,
    entries: u64,
    bytes: u64,
}

async fn used_since(person: &Person, since: OffsetDateTime) -> Result<Used, Failure> {
    let report = person.operations.own_usage(Timestamp::clamped(since)).await;
    let usage = report
        .map_err(|error| person.failed(of_operation(error)))?
        .usage;
    Ok(usage.iter().fold(Used::default(), add))
}

fn add(sum: Used, usage: &Usage) -> Used {
    Used {
        requests: sum.requests + usage.requests,
        entries: sum.entries + usage.entries,
        bytes: sum.bytes + usage.bytes,
    }
}
