//! In which order entries become visible when transactions overlap.

use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogStore, Submission, store::Position};
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database},
};
use central_logger_tenant_logs::{Ingestor, TenantLogs};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use time::OffsetDateTime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

struct Site {
    url: String,
    logs: Arc<dyn LogStore>,
    ingestor: Ingestor,
    client: ClientId,
}

impl Site {
    async fn new() -> Self {
        let url = new_database().await;
        let postgres = Postgres::connect(&url).await.unwrap();
        postgres.migrate().await.unwrap();
        let logs: Arc<dyn LogStore> = Arc::new(postgres.logs());
        Self {
            url,
            ingestor: Ingestor::new(Arc::clone(&logs)),
            logs,
            client: "acme".parse().unwrap(),
        }
    }

    async fn store(&self) -> LogId {
        let body = br#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
        let now = OffsetDateTime::now_utc();
        let sent = Submission::parse(body, &self.client, now).unwrap();
        let logs = TenantLogs::new(&self.ingestor, self.client.clone());
        logs.append(now, sent, None).await.unwrap().ids[0]
    }

    async fn come(&self, position: &mut Position) -> Vec<LogId> {
        let mut ids = Vec::new();
        loop {
            let mut come = self.logs.arrivals(&self.client, position).await.unwrap();
            ids.append(&mut come.ids);
            *position = come.position;
            if !come.has_more {
                return ids;
            }
        }
    }

    /// How many transactions are remembered.
    async fn remembered(&self) -> String {
        let counted = execute(&self.url, "SELECT count(*) FROM log_arrivals").await;
        let rows = counted.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        rows.collect()
    }

    async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// Begins a transaction that brings an entry with this id, and does not end it.
async fn begin(connection: &Client, id: LogId) {
    let sql = format!(
        "BEGIN;
         INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status)
         VALUES ('acme', '{id}', now(), 'e', '2025-12-24T10:30:00Z', 's');
         INSERT INTO log_arrivals (client_id, xid, oldest, ids, events)
         VALUES ('acme', pg_current_xact_id(), pg_snapshot_xmin(pg_current_snapshot()),
                 uuid_send('{id}'), '')"
    );
    connection.batch_execute(&sql).await.unwrap();
}

#[tokio::test]
async fn what_began_early_and_ended_late_comes_once() {
    let site = Site::new().await;
    let [slow, slower] = [site.connect().await, site.connect().await];
    let late = [LogId::of_event(1, "slow"), LogId::of_event(2, "slower")];
    begin(&slow, late[0]).await;
    let mut position = site.logs.position().await.unwrap();
    begin(&slower, late[1]).await;
    let mut stored = vec![site.store().await];
    assert_eq!(site.come(&mut position).await, stored);
    stored = vec![site.store().await, site.store().await];
    slow.batch_execute("COMMIT").await.unwrap();
    stored.insert(0, late[0]);
    assert_eq!(site.come(&mut position).await, stored);
    assert_eq!(site.come(&mut position).await, []);
    slower.batch_execute("COMMIT").await.unwrap();
    assert_eq!(site.come(&mut position).await, [late[1]]);
    assert_eq!(site.come(&mut position).await, []);
}

#[tokio::test]
async fn what_was_rolled_back_does_not_come() {
    let site = Site::new().await;
    let connection = site.connect().await;
    let mut position = site.logs.position().await.unwrap();
    begin(&connection, LogId::of_event(1, "never")).await;
    let stored = site.store().await;
    assert_eq!(site.come(&mut position).await, [stored]);
    connection.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(site.come(&mut position).await, []);
}

#[tokio::test]
async fn whoever_goes_on_gets_what_was_not_visible_with_the_last_entry() {
    let site = Site::new().await;
    let slow = site.connect().await;
    let late = LogId::of_event(1, "slow");
    begin(&slow, late).await;
    let (first, last) = (site.store().await, site.store().await);
    slow.batch_execute("COMMIT").await.unwrap();
    let next = site.store().await;
    let mut position = site.logs.position_before(&site.client, last).await.unwrap();
    let come: BTreeSet<_> = site.come(&mut position).await.into_iter().collect();
    assert!(come.is_superset(&BTreeSet::from([late, next])), "{come:?}");
    assert!(come.is_subset(&BTreeSet::from([late, first, last, next])));
}

#[tokio::test]
async fn what_is_forgotten_spares_what_is_under_way() {
    let site = Site::new().await;
    let slow = site.connect().await;
    let mut position = site.logs.position().await.unwrap();
    site.store().await;
    let late = LogId::of_event(1, "slow");
    begin(&slow, late).await;
    site.store().await;
    let now = site.logs.position().await.unwrap();
    while site.logs.trim_arrivals(&now).await.unwrap() > 0 {}
    slow.batch_execute("COMMIT").await.unwrap();
    assert!(site.come(&mut position).await.contains(&late));
    // What a dump has brought from another cluster, which is far ahead.
    let foreign = "INSERT INTO log_arrivals VALUES ('acme', '9000000000000', '9', '', '')";
    execute(&site.url, foreign).await;
    // Transactions of other databases may be under way, which nothing is forgotten behind. Some wait a minute.
    let began = Instant::now();
    while site.remembered().await != "0" {
        assert!(
            began.elapsed() < Duration::from_secs(300),
            "it is never forgotten"
        );
        let now = site.logs.position().await.unwrap();
        while site.logs.trim_arrivals(&now).await.unwrap() > 0 {}
    }
}

#[tokio::test]
async fn transactions_come_in_the_order_of_their_numbers() {
    let site = Site::new().await;
    let rows = "INSERT INTO log_arrivals (client_id, xid, oldest, ids, events)
                SELECT 'acme', n::text::xid8, '3',
                       decode('0000000000007000800000000000' || lpad(n::text, 4, '0'), 'hex'), ''
                FROM generate_series(3, 1300) n";
    execute(&site.url, rows).await;
    let unknown = LogId::of_event(1, "unknown");
    let mut position = site
        .logs
        .position_before(&site.client, unknown)
        .await
        .unwrap();
    let come = site.come(&mut position).await;
    let number = |n: usize| {
        format!("00000000-0000-7000-8000-00000000{n:04}")
            .parse()
            .unwrap()
    };
    assert_eq!(come, (3..=1300).map(number).collect::<Vec<LogId>>());
}
