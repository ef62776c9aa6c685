use crate::Database;
use central_logger_benches::{
    Connection, Failure, Load, Server, entry, issue_to, keyring, request,
};
use central_logger_database::Database as OpenDatabase;
use central_logger_key_activity::{Usage, UsagePer, UsageQuery};
use central_logger_keys::KeyId;
use central_logger_log_store::StatsQuery;
use central_logger_tenant_logs::{Ingestor, TenantLogs};
use central_logger_times::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// As many keys have one client.
const KEYS_OF_A_CLIENT: usize = 10;

/// What was sent with a key, or is said to have been.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: u64,
    refused: BTreeMap<String, u64>,
    entries: u64,
    bytes: u64,
}

/// Sends each of so many requests once, stops the server, and holds the usage in the database against
/// what was sent, and the entries in it against the usage.
pub(crate) async fn hold(
    database: &Database,
    keys: usize,
    requests: usize,
    rate: u32,
) -> Result<(), Failure> {
    let keyring = keyring(&database.url).await?;
    let mut issued = Vec::new();
    for number in 0..keys {
        let client = format!("client-{}", number / KEYS_OF_A_CLIENT);
        issued.push(issue_to(&client, &keyring).await?);
    }
    let mut sent: BTreeMap<KeyId, Count> = BTreeMap::new();
    let mut messages = Vec::new();
    for number in 0..requests {
        let key = &issued[number % keys];
        let secret = key.api_key.expose_secret();
        let count = sent.entry(key.record.id.clone()).or_default();
        // Of ten, one only asks, and one asks for what it may not.
        messages.push(match number / keys % 10 {
            0 => {
                count.accepted += 1;
                request("/api/v1/whoami", secret)
            }
            1 => {
                *count.refused.entry("forbidden".to_owned()).or_default() += 1;
                request("/api/v1/usage", secret)
            }
            _ => {
                let body = entry(number).to_string();
                count.accepted += 1;
                count.entries += 1;
                count.bytes += body.len() as u64;
                let headers = format!("X-API-Key: {secret}\r\nContent-Type: application/json\r\n");
                Connection::post("/api/v1/logs", &headers, &body)
            }
        });
    }

    let server = Server::start(&database.url, &[]).await?;
    let load = Load {
        address: server.address,
        connections: 64,
        requests: messages.into(),
        rate,
    };
    let outcome = load.run_once().await?;
    if !outcome
        .statuses
        .keys()
        .all(|status| [200, 201, 403].contains(status))
    {
        return Err(format!("other answers: {:?}", outcome.statuses).into());
    }
    server.stop().await?;

    let opened = central_logger_database::open(&database.url).await?;
    let query = UsageQuery {
        client: None,
        since: Timestamp::MIN,
        per: UsagePer::Key,
    };
    let usage = opened.activity().usage(&query).await?;
    let stored = rows(&*opened, &usage).await?;
    let entries: u64 = usage.iter().map(|usage| usage.entries).sum();
    let counted = usage.into_iter().filter_map(|usage| {
        let count = Count {
            accepted: usage.requests,
            refused: usage.refused,
            entries: usage.entries,
            bytes: usage.bytes,
        };
        Some((usage.key_id?, count))
    });
    let counted: BTreeMap<_, _> = counted.collect();
    let differing = sent
        .iter()
        .filter(|(id, sent)| counted.get(id) != Some(sent));
    let differing = differing.count() + counted.keys().filter(|id| !sent.contains_key(id)).count();
    println!(
        "{:<10}  {requests} requests at {:.0} a second: {} of {keys} keys differ; {entries} entries \
         counted, {stored} in the table",
        database.name,
        outcome.rate(),
        differing,
    );
    match differing == 0 && entries == stored {
        true => Ok(()),
        false => Err("usage is not what was sent".into()),
    }
}

/// How many entries all clients have.
async fn rows(database: &dyn OpenDatabase, usage: &[Usage]) -> Result<u64, Failure> {
    let ingestor = Ingestor::new(database.logs());
    let clients: BTreeSet<_> = usage
        .iter()
        .filter_map(|usage| usage.client_id.clone())
        .collect();
    let period = [
        ("from", "2026-01-01T00:00:00Z"),
        ("to", "2026-01-02T00:00:00Z"),
        ("interval", "1d"),
    ];
    let period = period.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query = StatsQuery::from_pairs(period, OffsetDateTime::now_utc());
    let query = query.map_err(|faults| format!("{faults:?}"))?;
    let mut rows = 0;
    for client in clients {
        let stats = TenantLogs::new(&ingestor, client).stats(&query).await?;
        rows += stats
            .totals()
            .iter()
            .map(|(_, tally)| tally.count)
            .sum::<u64>();
    }
    Ok(rows)
}
