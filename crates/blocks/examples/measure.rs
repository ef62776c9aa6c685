//! Prints what blocks cost and how quick they are: `cargo run --release -p central-logger-blocks --example
//! measure -- 1000000`.

use central_logger_blocks::{
    Block, BlockBuilder, BlockKind, Encoded, Entry, Filters, Limits, Scanned,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, LogId, LogSearch, StoredLog, entries::Place};
use std::{
    env,
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

type Failure = Box<dyn Error>;

const BEGIN: OffsetDateTime = datetime!(2026-03-01 00:00 UTC);

fn main() -> Result<(), Failure> {
    let count = env::args()
        .nth(1)
        .map_or(Ok(200_000), |count| count.parse())?;
    for (name, with_events) in [("entries", false), ("entries with an event id", true)] {
        measure(name, count, with_events)?;
    }
    Ok(())
}

fn measure(name: &str, count: u64, with_events: bool) -> Result<(), Failure> {
    let client: ClientId = "acme_corp".parse()?;
    let logs: Result<Vec<_>, _> = (0..count)
        .map(|number| log(&client, number, with_events))
        .collect();
    let logs = logs?;
    let text: usize = logs.iter().map(|log| Entry::from(log).text_len()).sum();
    println!("{count} {name}, {} bytes of text each", text as u64 / count);
    for kind in [BlockKind::Fresh, BlockKind::Sealed] {
        let began = Instant::now();
        let encoded = encode(&client, &logs, kind)?;
        let took = began.elapsed();
        let size = |of: &dyn Fn(&Encoded) -> usize| {
            encoded.iter().map(of).sum::<usize>() as f64 / count as f64
        };
        println!("  {kind:?}: {} blocks", encoded.len());
        println!(
            "    bytes an entry: {:.1} of the block, {:.2} of filters, {:.2} of counts, {:.2} of headers",
            size(&|block| block.bytes.len()),
            size(&|block| block.filters.to_bytes().len()),
            size(&|block| block.counts.to_bytes().len()),
            size(&|block| block.header.to_bytes().len())
        );
        println!("    encoded: {:.0} a second", rate(count, took));
        if kind == BlockKind::Sealed {
            read(&client, &logs, &encoded)?;
        }
    }
    Ok(())
}

fn encode(client: &ClientId, logs: &[StoredLog], kind: BlockKind) -> Result<Vec<Encoded>, Failure> {
    let limits = Limits {
        entries: if kind == BlockKind::Fresh {
            1000
        } else {
            Limits::default().entries
        },
        ..Limits::default()
    };
    let mut encoded = Vec::new();
    let mut builder = BlockBuilder::new(kind, client, limits);
    for log in logs {
        let entry = Entry::from(log);
        if !builder.has_room_for(&entry) {
            let full = std::mem::replace(&mut builder, BlockBuilder::new(kind, client, limits));
            encoded.push(full.finish()?);
        }
        builder.push(entry)?;
    }
    encoded.push(builder.finish()?);
    Ok(encoded)
}

fn read(client: &ClientId, logs: &[StoredLog], encoded: &[Encoded]) -> Result<(), Failure> {
    let count = logs.len() as u64;
    let filters: Vec<_> = encoded
        .iter()
        .map(|block| block.filters.to_bytes())
        .collect();
    let counts: Vec<_> = encoded
        .iter()
        .map(|block| block.counts.to_bytes())
        .collect();
    let all: (LogId, LogId) = (Uuid::nil().into(), Uuid::max().into());
    let open = |block: &Encoded| Block::open(client, &block.header, block.bytes.clone().into());

    let (took, whole) = timed(|| {
        let mut whole = 0;
        for block in encoded {
            whole += open(block)?.entries(all.0..=all.1)?.count();
        }
        Ok(whole)
    })?;
    println!("    read whole: {:.0} a second", rate(whole as u64, took));

    for (what, pairs) in [
        ("a word that is in every message", vec![("q", "finished")]),
        ("a word that is in one message", vec![("q", "run4711")]),
        ("a word that is nowhere", vec![("q", "nosuch")]),
        ("a status that is nowhere", vec![("status", "NOPE")]),
        (
            "an attribute that is nowhere",
            vec![("attr.host", "nosuch")],
        ),
    ] {
        let search = search(&pairs)?;
        let (took, (opened, found)) = timed(|| {
            let (mut opened, mut found) = (0, 0);
            for (block, filters) in encoded.iter().zip(&filters) {
                if !Filters::from_bytes(filters)?.may_match(&search) {
                    continue;
                }
                opened += 1;
                for scanned in open(block)?.scan(&search)? {
                    found += usize::from(matches!(scanned?, Scanned::Found(_)));
                }
            }
            Ok((opened, found))
        })?;
        println!(
            "    {what}: {:.1} ms, {opened} blocks opened, {found} found",
            ms(took)
        );
    }

    // Without filters: the rate of a scan itself.
    let search = search(&[("q", "nosuch")])?;
    let (took, passed) = timed(|| {
        let mut passed = 0;
        for block in encoded {
            for scanned in open(block)?.scan(&search)? {
                if let Scanned::Passed { entries, .. } = scanned? {
                    passed += entries;
                }
            }
        }
        Ok(passed)
    })?;
    println!(
        "    words scanned: {:.0} a second",
        rate(passed as u64, took)
    );

    let (took, total) = timed(|| {
        let mut total = 0;
        for counts in &counts {
            let counts = central_logger_blocks::Counts::from_bytes(counts)?;
            total += counts
                .iter()
                .into_iter()
                .flatten()
                .map(|count| count.entries)
                .sum::<u64>();
        }
        Ok(total)
    })?;
    assert_eq!(total, count);
    println!("    counts of all: {:.2} ms", ms(took));

    let some: Vec<_> = logs.iter().step_by(997).collect();
    let (took, ()) = timed(|| {
        for log in &some {
            let block = encoded.iter().find(|block| block.header.spans(log.id));
            let found = block.map(|block| open(block)?.get(log.id)).transpose()?;
            black_box(found);
        }
        Ok(())
    })?;
    println!(
        "    one entry by its id: {:.2} ms",
        ms(took) / some.len() as f64
    );

    let newest = LogSearch::default();
    let (took, found) = timed(|| {
        let last = encoded.last().map(open).transpose()?;
        Ok(last
            .iter()
            .flat_map(|block| block.scan(&newest))
            .flatten()
            .take(50)
            .count())
    })?;
    println!("    newest page of {found}: {:.2} ms", ms(took));
    Ok(())
}

/// An entry of 0.3 KiB, with the random parts that entries of real workflows have.
fn log(client: &ClientId, number: u64, with_event: bool) -> Result<StoredLog, Failure> {
    let random = number
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(17)
        .wrapping_mul(0xd6e8_feb8_6659_fd93);
    let executed_at = BEGIN + Duration::from_millis(number * 20);
    let mut entry = LogEntry::builder(executed_at);
    entry
        .environment(["production", "staging"][usize::from(random.is_multiple_of(9))])
        .executed_at_unix_ns(u64::try_from(executed_at.unix_timestamp_nanos())?)
        .status(["SUCCESS", "FAILED"][usize::from(random.is_multiple_of(10))])
        .workflow(format!("workflow-{}", random % 40))
        .message(format!(
            "run{number} finished step {} of 12: {} rows read from table orders_{} and written to the warehouse in {} ms without errors",
            random % 12, random % 100_000, random % 7, random % 4000
        ))
        .attribute("host", &format!("worker-{}.eu-central.internal", random % 64))
        .attribute("run_id", &format!("{random:016x}"))
        .attribute("duration_ms", &(random % 5000))
        .attribute("attempt", &(random % 3));
    if with_event {
        entry.event_id(format!(
            "{:020x}",
            u128::from(random) * u128::from(random | 1) % (1 << 80)
        ));
    }
    let mut entry = entry.build()?;
    entry.place(Place {
        arrival: u64::try_from(executed_at.unix_timestamp_nanos() / 1000)?,
        writer: 3,
    });
    Ok(StoredLog::new(
        client,
        executed_at + Duration::from_millis(random % 800),
        &entry,
    ))
}

fn search(pairs: &[(&str, &str)]) -> Result<LogSearch, Failure> {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    LogSearch::from_pairs(owned).map_err(|errors| format!("{errors:?}").into())
}

fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(Duration, T), Failure> {
    let began = Instant::now();
    let done = work()?;
    Ok((began.elapsed(), done))
}

fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
