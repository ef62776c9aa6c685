//! How the keys are used, and what the limits leave.

use crate::{limits_left::limits, usage_over_time::OverTime};
use ::time::{Duration, OffsetDateTime};
use actix_web::{HttpResponse, http::StatusCode};
use central_logger_http_api::Parameters;
use central_logger_key_activity::Usage;
use central_logger_keys::{KeyId, Scope};
use central_logger_operation_routes::problems::of_operation;
use central_logger_operations::keys::KeyFilter;
use central_logger_pages::{Failure, Part, banner, count, line, time};
use central_logger_people::{
    Fields, Person,
    address::{KEYS, USAGE},
};
use central_logger_times::Timestamp;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// A name, a text, and how many spans of which length are told apart.
type Period = (&'static str, &'static str, i32, Duration, &'static str);

const PERIODS: [Period; 3] = [
    ("24h", "24 hours", 12, Duration::hours(2), "two hours"),
    ("7d", "7 days", 7, Duration::days(1), "day"),
    ("30d", "30 days", 10, Duration::days(3), "three days"),
];

/// The counts of each key since a time.
pub(crate) async fn page(person: Person, parameters: Parameters) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    let fields = Fields(parameters.0);
    let range = fields.get("range");
    let chosen = PERIODS.iter().find(|(name, ..)| range == Some(name));
    let chosen = chosen.unwrap_or(&PERIODS[0]);
    let (name, _, spans, length, span) = *chosen;
    let since = Timestamp::clamped(person.now - length * spans);
    let report = person.operations.own_usage(since).await;
    let mut usage = report
        .map_err(|error| person.failed(of_operation(error)))?
        .usage;
    usage.sort_by_key(|usage| std::cmp::Reverse((usage.requests, usage.last_at)));
    let keys = person.operations.list(&KeyFilter::default()).await;
    let keys = keys.map_err(|error| person.failed(of_operation(error)))?;
    let names: Names = keys
        .keys
        .into_iter()
        .map(|key| (key.key_id, key.name))
        .collect();
    let over_time = OverTime::of(&person, spans, length, span).await?;
    let limits = limits(&person).await?;
    let number = fields.get("page").and_then(|page| page.parse().ok());
    let part = Part::of(&usage, number.unwrap_or(1));
    let content = html! {
        div.head { (periods(name)) }
        @if usage.is_empty() {
            (banner::empty("Nothing in this time", html! { p { "No key was used." } }))
        } @else {
            (sums(&usage))
            (table(part.rows, &names, &over_time, person.now))
            (part.links(|number| format!("{USAGE}?range={name}&page={number}")))
        }
        (limits)
    };
    let page = person.page("Usage", USAGE, content);
    Ok(page.answer(StatusCode::OK))
}

fn periods(chosen: &str) -> Markup {
    html! {
        ul.periods aria-label="Show the last" {
            @for (name, text, ..) in PERIODS {
                li {
                    a href={ (USAGE) "?range=" (name) } aria-current=[(name == chosen).then_some("true")] { (text) }
                }
            }
        }
    }
}

fn sums(usage: &[Usage]) -> Markup {
    let sum = |of: fn(&Usage) -> u64| usage.iter().map(of).sum::<u64>();
    let mut refused: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in usage.iter().flat_map(|usage| &usage.refused) {
        *refused.entry(reason).or_default() += count;
    }
    let refused_sum: u64 = refused.values().sum();
    html! {
        dl.figures {
            div { dt { "Requests" } dd { (count::grouped(sum(|usage| usage.requests))) } }
            div { dt { "Entries" } dd { (count::grouped(sum(|usage| usage.entries))) } }
            div { dt { "Stored" } dd { (count::bytes(sum(|usage| usage.bytes))) } }
            div {
                dt { "Refused" } dd { (count::grouped(refused_sum)) }
                @for (reason, count) in &refused {
                    dd.soft { (count::grouped(*count)) " " (reason.replace('_', " ")) }
                }
            }
        }
    }
}

fn table(usage: &[Usage], names: &Names, over_time: &OverTime, now: OffsetDateTime) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Key or session" }
                        th.number scope="col" { "Requests" }
                        th scope="col" { "Over time" }
                        th.number scope="col" { "Refused" }
                        th.number scope="col" { "Entries" }
                        th.number scope="col" { "Stored" }
                        th.number scope="col" { "Each took" }
                        th scope="col" { "Last used" }
                    }
                }
                tbody { @for usage in usage { (row(usage, names, over_time, now)) } }
            }
        }
    }
}

/// The keys of the client, with their names.
type Names = BTreeMap<KeyId, Option<String>>;

/// Whose requests they were: those of a key, which has a page, of a session, or of nobody who is known.
fn who(usage: &Usage, names: &Names) -> Markup {
    let Some(id) = &usage.key_id else {
        return html! { span.soft { "unknown keys" } };
    };
    html! {
        @match names.get(id) {
            Some(name) => {
                a href={ (KEYS) "/" (id) } { code { (id) } }
                @if let Some(name) = name { div.soft { (line(name)) } }
            },
            None => { code { (id) } div.soft { "a session" } }
        }
    }
}

fn row(usage: &Usage, names: &Names, over_time: &OverTime, now: OffsetDateTime) -> Markup {
    let refused: u64 = usage.refused.values().sum();
    let took = u64::try_from(usage.latency.as_millis()).unwrap_or(u64::MAX);
    html! {
        tr {
            th scope="row" { (who(usage, names)) }
            td.number data-label="Requests" { (count::grouped(usage.requests)) }
            td data-label="Over time" { @if let Some(bars) = over_time.of_key(usage.key_id.as_ref()) { (bars) } }
            td.number data-label="Refused" { (count::grouped(refused)) }
            td.number data-label="Entries" { (count::grouped(usage.entries)) }
            td.number data-label="Stored" { (count::bytes(usage.bytes)) }
            td.number data-label="Each took" {
                @match took.checked_div(usage.requests) { Some(each) => (time::took(each)), None => "–" }
            }
            td data-label="Last used" { (time::distance(usage.last_at, now)) }
        }
    }
}
