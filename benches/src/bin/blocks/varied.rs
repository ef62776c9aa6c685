//! Entries that differ as those of real workflows do.

use serde_json::json;
use std::{hash::Hasher, ops::Range};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

/// The time between two entries, in milliseconds: ten million of them are a month.
const STEP: i64 = 259;

const FIRST: OffsetDateTime = datetime!(2026-06-15 00:00 UTC);

const WORKFLOWS: [&str; 8] = [
    "nightly-invoices",
    "order-sync",
    "stock-import",
    "mail-digest",
    "price-update",
    "backup",
    "report",
    "cleanup",
];

const STEPS: [&str; 6] = [
    "read the records of the customer from the archive and compared them with the ledger",
    "sent the document to the address that the customer gave, and noted the answer",
    "wrote the changed prices back, since the warehouse had newer ones than the shop",
    "found nothing that was new, and went on with the next part of the list",
    "waited for the other service, which answered late but without a fault",
    "closed the batch, counted its lines, and handed the sum to the next step",
];

/// So many entries as lines.
pub(super) fn lines(numbers: Range<usize>) -> String {
    numbers.map(|number| entry(number) + "\n").collect()
}

/// The time of the first entry, of the one in the middle, and of the end, as they stand in a URL.
pub(super) fn span(entries: usize) -> (String, String, String) {
    (time(0), time(entries / 2), time(entries + 1))
}

fn time(number: usize) -> String {
    let at = FIRST + Duration::milliseconds(number as i64 * STEP);
    at.format(&Rfc3339).unwrap_or_default()
}

/// An entry of 0.3 KiB with eight random bytes of a run.
fn entry(number: usize) -> String {
    let random = random(number);
    let of = |count: usize, bits: u32| (random >> bits) as usize % count;
    let word = match number {
        _ if number % 3_000_001 == 77_777 => "zanzibar",
        _ if of(10, 3) == 0 => "timeout",
        _ => "done",
    };
    let message = format!(
        "customer {}: {} ({word}, attempt {}, batch {})",
        of(20_000, 7),
        STEPS[of(STEPS.len(), 11)],
        of(3, 17) + 1,
        number / 500,
    );
    json!({
        "environment": "production",
        "executed_at": time(number),
        "status": if of(10, 3) == 0 { "FAILED" } else { "SUCCESS" },
        "workflow": WORKFLOWS[of(WORKFLOWS.len(), 23)],
        "message": message,
        "run_id": format!("{random:016x}"),
        "host": format!("worker-{}", of(20, 29)),
        "duration_ms": of(5000, 31),
    })
    .to_string()
}

fn random(number: usize) -> u64 {
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    hasher.write_usize(number);
    hasher.finish()
}
