use crate::Database;
use central_logger_benches::Failure;
use central_logger_key_activity::{KeyUse, UsageBatch, UsageCounts, UsageSlot};
use central_logger_keys::{ClientId, KeyId};
use central_logger_monitor::{Thresholds, Watch};
use central_logger_times::{Clock, SystemClock};
use std::{sync::Arc, time::Duration as StdDuration, time::Instant};
use time::{Duration, OffsetDateTime};

/// How many keys are counted in one transaction.
const KEYS_AT_A_TIME: usize = 10_000;

/// Looks when so many keys are in use in this hour and were in some hours before.
pub(crate) async fn time(database: &Database, keys: usize) -> Result<(), Failure> {
    let opened = central_logger_database::open(&database.url).await?;
    opened.migrate().await?;
    let (activity, now) = (opened.activity(), SystemClock.now());
    let named: Vec<(ClientId, KeyId)> = (0..keys)
        .map(|number| {
            let client = format!("client-{}", number / 10).parse()?;
            Ok((client, format!("key{number:09}").parse()?))
        })
        .collect::<Result<_, Failure>>()?;
    for days in [9, 8, 0] {
        for part in named.chunks(KEYS_AT_A_TIME) {
            activity
                .add_usage(&used(part, now - Duration::days(days)))
                .await?;
        }
    }
    let clock = Arc::new(SystemClock);
    let mut watch = Watch::new(
        opened.keys(),
        activity,
        "bench",
        Thresholds::default(),
        clock,
    )?;
    let mut look = async || {
        let began = Instant::now();
        let alerts = watch.look().await?;
        match alerts.is_empty() {
            true => Ok(began.elapsed().as_secs_f64() * 1000.0),
            false => Err(Failure::from(format!("{} alerts", alerts.len()))),
        }
    };
    let (first, further) = (look().await?, look().await?);
    println!(
        "{:<10}  {keys:>11}  {first:>20.0}  {further:>13.0}",
        database.name
    );
    Ok(())
}

fn used(keys: &[(ClientId, KeyId)], at: OffsetDateTime) -> UsageBatch {
    let mut batch = UsageBatch::default();
    let network = "192.0.2.0/24".to_owned();
    for (client, id) in keys {
        let used = KeyUse {
            at,
            from: Some(network.clone()),
        };
        batch.note_use(id, used);
        let slot = UsageSlot {
            hour: UsageSlot::hour_of(at),
            client_id: Some(client.clone()),
            key_id: Some(id.clone()),
            refusal: None,
        };
        let counts = UsageCounts {
            requests: 100,
            entries: 100,
            bytes: 20_000,
            latency: StdDuration::from_millis(100),
            networks: [network.clone()].into(),
            last_at: at,
        };
        batch.count(slot, counts);
    }
    batch
}
