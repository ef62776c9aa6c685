use crate::{args::UsageArgs, context::Context, error::AdminError, output::table, view::minute};
use central_logger_key_activity::{Usage, UsagePer, UsageQuery, UsageSlot};
use central_logger_keys::{ClientId, KeyId};
use central_logger_text::shown;
use serde::Serialize;
use time::OffsetDateTime;

#[derive(Serialize)]
struct View<'a> {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    usage: &'a [Usage],
}

pub(crate) async fn usage(context: &Context<'_>, args: UsageArgs) -> Result<(), AdminError> {
    let since = args.since.before(context.now());
    let query = UsageQuery {
        client: args.client,
        since,
        per: match args.per_client {
            true => UsagePer::Client,
            false => UsagePer::Key,
        },
    };
    let usage = context.keys().await?.activity.usage(&query).await?;
    let view = View {
        since: UsageSlot::hour_of(since.get()),
        usage: &usage,
    };
    context.output.result(&view, || match usage.is_empty() {
        true => "No requests.".to_owned(),
        false => list(&usage),
    })
}

/// In a few words, for one key.
pub(crate) fn in_words(usage: &Usage) -> String {
    let networks = match usage.networks {
        1 => "1 network".to_owned(),
        number => format!("{number} networks"),
    };
    let refused = usage.refused.iter();
    let refused: String = refused
        .map(|(reason, number)| format!(", {number} refused ({reason})"))
        .collect();
    let (requests, entries) = (usage.requests, usage.entries);
    let size = size(usage.bytes);
    let said = format!("{requests} requests from {networks}{refused}, {entries} entries of {size}");
    shown(&said).into_owned()
}

fn list(usage: &[Usage]) -> String {
    let row = |usage: &Usage| {
        let client = usage.client_id.as_ref().map_or("", ClientId::as_str);
        let key = usage.key_id.as_ref().map_or("", KeyId::as_str);
        [
            client.to_owned(),
            key.to_owned(),
            usage.requests.to_string(),
            refused(usage),
            usage.entries.to_string(),
            size(usage.bytes),
            usage.networks.to_string(),
            mean(usage),
            minute(Some(usage.last_at), ""),
        ]
    };
    let header = [
        "CLIENT", "KEY ID", "REQUESTS", "REFUSED", "ENTRIES", "SIZE", "NETWORKS", "MEAN", "LAST",
    ];
    table(header, usage.iter().map(row))
}

/// How many requests, and the most frequent reason.
fn refused(usage: &Usage) -> String {
    let number: u64 = usage.refused.values().sum();
    match usage.refused.iter().max_by_key(|(_, number)| **number) {
        Some((reason, most)) if *most == number => format!("{number} ({reason})"),
        Some((reason, _)) => format!("{number} (mostly {reason})"),
        None => number.to_string(),
    }
}

/// The time that answering a request took.
fn mean(usage: &Usage) -> String {
    let mean = usage.latency.as_secs_f64() * 1000.0 / usage.requests.max(1) as f64;
    format!("{mean:.1} ms")
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{size:.1} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, written) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KiB"),
            (10 << 40, "10.0 TiB"),
            (u64::MAX, "16777216.0 TiB"),
        ] {
            assert_eq!(size(bytes), written);
        }
    }
}
