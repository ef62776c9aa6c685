use super::minute;
use crate::table::table;
use central_logger_key_activity::Usage;
use central_logger_keys::{ClientId, KeyId};
use central_logger_text::shown;

/// The usage of keys or clients, one in each row.
pub(crate) fn usage_table(usage: &[Usage]) -> String {
    let header = [
        "CLIENT", "KEY ID", "REQUESTS", "REFUSED", "ENTRIES", "SIZE", "NETWORKS", "MEAN", "LAST",
    ];
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
            mean_latency(usage),
            minute(usage.last_at),
        ]
    };
    table(header, usage.iter().map(row))
}

/// The usage of one key, in one line.
pub(crate) fn usage_line(usage: &Usage) -> String {
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
    let line = format!("{requests} requests from {networks}{refused}, {entries} entries of {size}");
    shown(&line).into_owned()
}

/// The number of refused requests, and the most frequent reason.
fn refused(usage: &Usage) -> String {
    let number: u64 = usage.refused.values().sum();
    match usage.refused.iter().max_by_key(|(_, number)| **number) {
        Some((reason, most)) if *most == number => format!("{number} ({reason})"),
        Some((reason, _)) => format!("{number} (mostly {reason})"),
        None => number.to_string(),
    }
}

fn mean_latency(usage: &Usage) -> String {
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
