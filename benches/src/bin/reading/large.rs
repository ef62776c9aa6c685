//! All of one large client's entries, beside those of many small ones.

use central_logger_benches::{
    Connection, Failure, Server, fill, issue_to, keyring, logs, request, sqlite_url,
};
use central_logger_keys::ClientId;
use serde_json::Value;
use std::{net::SocketAddr, time::Instant};
use tokio_postgres::NoTls;

const SMALL_CLIENTS: usize = 200;
const OF_A_SMALL_CLIENT: usize = 100;

/// What is asked until there is nothing more.
const QUESTIONS: [&str; 4] = [
    "q=nosuch",
    "status=NOPE",
    "attr.duration_ms=nosuch",
    "limit=1000",
];

/// Asks on both databases, on PostgreSQL before and after it has looked at its tables.
pub(super) async fn read(entries: usize) -> Result<(), Failure> {
    println!(
        "\nall {entries} entries of one client, beside {SMALL_CLIENTS} of {OF_A_SMALL_CLIENT} \
         (seconds until next_cursor is null)"
    );
    println!(
        "{:30}  {}",
        "",
        QUESTIONS.map(|question| format!("{question:<24}")).concat()
    );
    let directory = tempfile::tempdir()?;
    let sqlite = sqlite_url(directory.path());
    let (server, key) = filled(&sqlite, entries).await?;
    ask("SQLite", server.address, &key).await?;
    drop(server);

    let url = central_logger_postgres::testing::new_database().await;
    let (database, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    let (server, key) = filled(&url, entries).await?;
    ask("PostgreSQL, as filled", server.address, &key).await?;
    for change in ["ANALYZE", "VACUUM"] {
        database
            .batch_execute(&format!("{change} workflow_logs"))
            .await?;
        ask(&format!("PostgreSQL, after {change}"), server.address, &key).await?;
    }
    Ok(())
}

async fn filled(url: &str, entries: usize) -> Result<(Server, String), Failure> {
    let keyring = keyring(url).await?;
    let large = issue_to("large", &keyring).await?;
    let logs = logs(url).await?;
    for client in 0..SMALL_CLIENTS {
        let client: ClientId = format!("small-{client}").parse()?;
        fill(&*logs, &client, 0..OF_A_SMALL_CLIENT).await?;
    }
    fill(&*logs, &"large".parse()?, 0..entries).await?;
    let server = Server::start(url, &[]).await?;
    Ok((server, large.api_key.expose_secret().to_owned()))
}

async fn ask(name: &str, address: SocketAddr, key: &str) -> Result<(), Failure> {
    print!("{name:30}");
    for question in QUESTIONS {
        let took = to_the_end(address, key, question).await?;
        print!("  {took:<22.2}");
    }
    println!();
    Ok(())
}

async fn to_the_end(address: SocketAddr, key: &str, question: &str) -> Result<f64, Failure> {
    let mut connection = Connection::open(address).await?;
    let began = Instant::now();
    let mut path = format!("/api/v1/logs?{question}");
    loop {
        let status = connection.send(&request(&path, key)).await?;
        if status != 200 {
            return Err(format!("{path} is answered with {status}").into());
        }
        // It stands at the end of what may be megabytes.
        let body = connection.body()?;
        let tail = body.rfind("\"next_cursor\":").ok_or("no next_cursor")?;
        let tail: Value = serde_json::from_str(&format!("{{{}", &body[tail..]))?;
        match tail["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/logs?{question}&cursor={cursor}"),
            None => return Ok(began.elapsed().as_secs_f64()),
        }
    }
}
