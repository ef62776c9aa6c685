//! How PostgreSQL goes about what the program sends: down an index, whatever it knows of the tables.

use central_logger_block_store::ENOUGH_FOR_A_BLOCK;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    IdempotencyKey, LogEntry, LogId, LogPruner, LogSearch, LogStore, StatsQuery, store::ScanBudget,
};
use central_logger_postgres::{
    Postgres, PostgresLogs,
    testing::{OwnServer, execute},
};
use std::{collections::BTreeMap, fs};
use time::OffsetDateTime;

/// A plan, and the statement it is of.
struct Plan {
    statement: String,
    steps: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_read_and_removed_is_found_down_an_index() {
    let server = OwnServer::start();
    let url = server.url();
    Postgres::connect(url)
        .await
        .unwrap()
        .migrate()
        .await
        .unwrap();
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
    ] {
        execute(url, &format!("ALTER DATABASE postgres SET {setting}")).await;
    }
    // Statistics are as fresh as this test has them.
    execute(url, "ALTER SYSTEM SET autovacuum = off").await;
    execute(url, "SELECT pg_reload_conf()").await;
    let (mut asked, mut stages) = (0, BTreeMap::new());
    for (stage, change) in [
        ("empty", ""),
        (
            "statistics of empty tables",
            "ANALYZE workflow_logs, idempotency_keys;",
        ),
        ("stale statistics", FILL),
        (
            "fresh statistics",
            "ANALYZE workflow_logs, idempotency_keys;",
        ),
        ("all pages known to be visible", "VACUUM workflow_logs"),
    ] {
        if !change.is_empty() {
            execute(url, change).await;
        }
        // Anew, so that no plan of before is taken again.
        let postgres = Postgres::connect(url).await.unwrap();
        asked += ask_all(&postgres).await;
        let plans = plans_of(&server, asked).await;
        let before = stages.values().sum::<usize>();
        for plan in &plans[before..] {
            let Plan { statement, steps } = plan;
            for step in ["Sort  (", "Sort (", "Seq Scan", "Bitmap"] {
                assert!(!steps.contains(step), "{stage}: {statement}\n{steps}");
            }
        }
        stages.insert(stage, plans.len() - before);
    }
}

/// One large client and many small ones, some of whose entries lie in no month.
const FILL: &str = "
    INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status, workflow,
                               message, extra)
    SELECT CASE n % 4 WHEN 0 THEN 'small-' || n % 1000 ELSE 'large' END,
           (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
            || substr(md5(n::text), 4, 15))::uuid,
           now(), 'production', '', CASE WHEN n % 10 = 0 THEN 'FAILED' ELSE 'SUCCESS' END, 'nightly',
           lpad(n::text, 160, '0'), '{\"n\":1}'
    FROM generate_series(1, 60000) AS n,
         LATERAL (SELECT CASE n % 2 WHEN 0 THEN 1000000000000 ELSE extract(epoch FROM now())::bigint * 1000
                         END + n AS ms) AS at;
    INSERT INTO idempotency_keys (client_id, key, body, received_at, ids, expires_at)
    SELECT CASE n % 4 WHEN 0 THEN 'small-' || n % 1000 ELSE 'large' END, n::text, decode(repeat('00', 32), 'hex'), now(), '',
           now() + interval '1 day'
    FROM generate_series(1, 20000) AS n";

/// Asks for everything in every way, often enough for plans that do not depend on the values, and gives
/// how many statements that takes at least.
async fn ask_all(postgres: &Postgres) -> usize {
    let logs = postgres.logs();
    let now = OffsetDateTime::now_utc();
    let mut asked = 0;
    for name in ["large", "small-4", "absent"] {
        let client: ClientId = name.parse().unwrap();
        let key: IdempotencyKey = "7".parse().unwrap();
        for _ in 0..7 {
            for search in searches() {
                for entries in [64, ScanBudget::MAX.entries] {
                    let budget = ScanBudget {
                        entries,
                        ..ScanBudget::MAX
                    };
                    logs.scan(&client, &search, budget).await.unwrap();
                    asked += 1;
                }
            }
            for query in counts(now) {
                logs.count(&client, &query, None, ScanBudget::MAX)
                    .await
                    .unwrap();
                asked += 1;
            }
            logs.get(&client, LogId::first_of(1_000_000_000_000))
                .await
                .unwrap();
            logs.receipt(&client, &key, now).await.unwrap();
            let ids = [0, 1].map(|ms| LogId::first_of(1_000_000_000_000 + ms));
            logs.get_many(&client, &ids).await.unwrap();
            let position = logs.position_before(&client, ids[0]).await.unwrap();
            logs.arrivals(&client, &position).await.unwrap();
            asked += 5;
        }
        // What is old enough is gone after the first time.
        logs.delete(&client, Some(LogId::first_of(1_000_000_001_000)))
            .await
            .unwrap();
        logs.delete_requests(&client).await.unwrap();
        asked += 2;
    }
    logs.next_client(None).await.unwrap();
    logs.delete_expired_claims(now).await.unwrap();
    asked + 1 + append_events(&logs, now).await
}

/// Stores events, in blocks and as rows, of which all but the first are repeats, and gives how many statements look for
/// them at least.
async fn append_events(logs: &PostgresLogs, now: OffsetDateTime) -> usize {
    let client: ClientId = "sender".parse().unwrap();
    let executed_at = u64::try_from(now.unix_timestamp_nanos()).unwrap();
    let event = |number: usize| {
        let mut builder = LogEntry::builder(now);
        builder
            .environment("e")
            .executed_at_unix_ns(executed_at)
            .status("s")
            .event_id(number.to_string());
        builder.build().unwrap()
    };
    let mut asked = 0;
    for count in [ENOUGH_FOR_A_BLOCK, 1] {
        let events: Vec<_> = (0..count).map(event).collect();
        for _ in 0..7 {
            logs.append(&client, now, &events).await.unwrap();
            asked += 1;
        }
    }
    asked
}

fn searches() -> Vec<LogSearch> {
    let parameters: [&[(&str, &str)]; 11] = [
        &[],
        &[("order", "asc"), ("limit", "1000")],
        &[("status", "FAILED"), ("limit", "1")],
        &[
            ("status", "NOPE"),
            ("environment", "production"),
            ("workflow", "nightly"),
        ],
        &[("q", "nosuch")],
        &[
            ("status", "FAILED"),
            ("status", "NOPE"),
            ("not.workflow", "nightly"),
        ],
        &[("attr.n.m", "1"), ("attr.n.m", "2"), ("not.attr.n", "3")],
        &[("q", "größe"), ("order", "asc")],
        &[("attr.n", "2"), ("status", "SUCCESS")],
        &[
            ("from", "2001-01-01T00:00:00Z"),
            ("to", "2002-01-01T00:00:00Z"),
        ],
        &[
            ("cursor", "00e8d4a5270070008000000000000000"),
            ("q", "00001"),
        ],
    ];
    let search = |pairs: &[(&str, &str)]| {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        LogSearch::from_pairs(owned).unwrap()
    };
    parameters.into_iter().map(search).collect()
}

fn counts(now: OffsetDateTime) -> Vec<StatsQuery> {
    let parameters: [&[(&str, &str)]; 4] = [
        &[],
        &[
            ("from", "2001-01-01T00:00:00Z"),
            ("interval", "365d"),
            ("by", "workflow,status"),
            ("not.status", "NOPE"),
        ],
        &[
            ("status", "FAILED"),
            ("by", "environment"),
            ("interval", "1d"),
        ],
        &[("q", "00001"), ("workflow", "nightly"), ("workflow", "w")],
    ];
    let query = |pairs: &[(&str, &str)]| {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        StatsQuery::from_pairs(owned, now).unwrap()
    };
    parameters.into_iter().map(query).collect()
}

/// The plans in the server's log, in order, of statements about logs that were not sent by this test;
/// waits for so many, since a statement may end after its answer.
async fn plans_of(server: &OwnServer, least: usize) -> Vec<Plan> {
    loop {
        let log = fs::read_to_string(server.data().join("../log")).unwrap();
        let plans = plans_in(&log);
        if plans.len() >= least {
            return plans;
        }
        tokio::task::yield_now().await;
    }
}

fn plans_in(log: &str) -> Vec<Plan> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => *entry = format!("{entry}\n{more}"),
            _ => entries.push(line.to_owned()),
        }
    }
    let plans = entries.iter().filter_map(|entry| {
        let (_, plan) = entry.split_once("plan:\nQuery Text: ")?;
        // The steps begin with the first one's cost.
        let cost = plan.find("(cost=")?;
        let begin = plan[..cost].rfind('\n')?;
        let (statement, steps) = plan.split_at(begin);
        Some(Plan {
            statement: statement.to_owned(),
            steps: steps.to_owned(),
        })
    });
    let is_of_logs = |plan: &Plan| {
        [
            "workflow_logs",
            "log_blocks",
            "idempotency_keys",
            "log_arrivals",
        ]
        .iter()
        .any(|table| plan.statement.contains(table))
    };
    plans
        .filter(is_of_logs)
        .filter(|plan| !plan.statement.trim_start().starts_with("INSERT"))
        .filter(|plan| !plan.statement.contains("generate_series"))
        .filter(|plan| !plan.statement.contains("pg_catalog"))
        .collect()
}
