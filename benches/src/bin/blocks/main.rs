//! What a large client's logs take as blocks: on the disk, and to read.

mod disk;
mod varied;

use central_logger_benches::{
    Connection, Failure, Figures, Load, Server, export, issue_to, keyring, peak_memory, program,
    request, sqlite_url,
};
use clap::Parser;
use disk::Disk;
use serde_json::Value;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{process::Command, time::sleep};

/// Sends the entries of a client to a server, seals them, and asks for them: of fewer entries first, then of
/// more. Tells what they take on the disk, what each question takes, and the memory of sealing and of an export.
#[derive(Debug, Parser)]
struct Args {
    /// Numbers of entries of the client
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 10_000_000])]
    entries: Vec<usize>,

    /// How often each quick question is asked
    #[arg(long, default_value_t = 200)]
    times: usize,

    /// Which databases
    #[arg(long, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    databases: Vec<String>,
}

/// Entries in a body.
const BODY: usize = 1000;

/// Bodies that are made before they are sent.
const BODIES: usize = 100;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    for database in &args.databases {
        let directory = tempfile::tempdir()?;
        let url = match database.as_str() {
            "sqlite" => sqlite_url(directory.path()),
            "postgres" => central_logger_postgres::testing::new_database().await,
            _ => return Err("a database is sqlite or postgres".into()),
        };
        let keyring = keyring(&url).await?;
        let key = issue_to("large", &keyring).await?;
        let mut bench = Bench {
            key: key.api_key.expose_secret().to_owned(),
            server: Server::start(&url, &[]).await?,
            disk: Disk::new(&url, directory.path()).await?,
            url,
            stored: 0,
        };
        for entries in &args.entries {
            println!("\n{database}, {entries} entries of one client");
            bench.fill(*entries).await?;
            bench.seal().await?;
            bench.read(args.times).await?;
        }
    }
    Ok(())
}

struct Bench {
    url: String,
    key: String,
    server: Server,
    disk: Disk,
    stored: usize,
}

impl Bench {
    async fn fill(&mut self, entries: usize) -> Result<(), Failure> {
        let (mut sent, new) = (Duration::ZERO, entries.saturating_sub(self.stored));
        let headers =
            format!("X-API-Key: {}\r\n", self.key) + "Content-Type: application/x-ndjson\r\n";
        while self.stored < entries {
            let bodies = ((entries - self.stored) / BODY).clamp(1, BODIES);
            let first = self.stored;
            let body = |number: usize| {
                let first = first + number * BODY;
                Connection::post(
                    "/api/v1/logs",
                    &headers,
                    &varied::lines(first..first + BODY),
                )
            };
            let load = Load {
                address: self.server.address,
                connections: 4,
                requests: (0..bodies).map(body).collect(),
                rate: 0,
            };
            sent += load.run_once().await?.all(201)?.took;
            self.stored += bodies * BODY;
        }
        println!("{:32}{:.0}/s", "stored", new as f64 / sent.as_secs_f64());
        Ok(())
    }

    /// As an operator seals.
    async fn seal(&self) -> Result<(), Failure> {
        let began = Instant::now();
        let mut process = Command::new(program("central-logger-admin")?)
            .args(["logs", "seal", "--database-url", &self.url])
            .stdout(Stdio::null())
            .spawn()?;
        let mut peak = 0.0;
        let ended = loop {
            if let Some(ended) = process.try_wait()? {
                break ended;
            }
            peak = peak_memory(process.id()).unwrap_or(peak);
            sleep(Duration::from_millis(50)).await;
        };
        if !ended.success() {
            return Err(format!("sealing ended with {ended}").into());
        }
        println!(
            "{:32}{:.1} s, {peak:.0} MiB",
            "sealed",
            began.elapsed().as_secs_f64()
        );
        self.disk.print(self.stored).await
    }

    async fn read(&self, times: usize) -> Result<(), Failure> {
        let (from, middle, to) = varied::span(self.stored);
        let page = format!("?to={middle}");
        let id = self.first_id(&page).await?;
        for (name, question) in [
            ("newest page", String::new()),
            ("page in the middle", page),
            ("get", format!("/{id}")),
            ("first page, a frequent word", "?q=timeout".to_owned()),
        ] {
            let mut taken = Figures::default();
            let asked = request(&format!("/api/v1/logs{question}"), &self.key);
            let mut connection = Connection::open(self.server.address).await?;
            for _ in 0..times {
                let began = Instant::now();
                let status = connection.send(&asked).await?;
                taken.push(began.elapsed());
                if status != 200 {
                    return Err(format!("{question} is answered with {status}").into());
                }
            }
            let (median, p99) = (taken.percentile(50), taken.percentile(99));
            println!("{name:32}{median:.2} ms, p99 {p99:.2} ms");
        }
        for (name, question) in [
            ("a rare word", "q=zanzibar"),
            ("an absent word", "q=nosuch"),
        ] {
            let began = Instant::now();
            let (found, pages) = self.to_the_end(question).await?;
            let took = began.elapsed().as_secs_f64();
            println!("{name:32}{took:.3} s, {found} found in {pages} answers");
        }
        let counts = format!("/api/v1/logs/stats?from={from}&to={to}&interval=1h&by=status");
        let began = Instant::now();
        let mut connection = Connection::open(self.server.address).await?;
        let status = connection.send(&request(&counts, &self.key)).await?;
        let took = began.elapsed().as_secs_f64();
        println!("{:32}{took:.3} s ({status})", "counts by hour and status");
        let before = peak_memory(self.server.process_id())?;
        let began = Instant::now();
        let lines = export(&self.server, &self.key).await?;
        if lines != self.stored as u64 {
            return Err(format!("{lines} entries came, of {}", self.stored).into());
        }
        println!(
            "{:32}{:.0}/s; memory {before:.0} MiB before, {:.0} MiB after",
            "export",
            lines as f64 / began.elapsed().as_secs_f64(),
            peak_memory(self.server.process_id())?,
        );
        Ok(())
    }

    async fn first_id(&self, question: &str) -> Result<String, Failure> {
        let mut connection = Connection::open(self.server.address).await?;
        let path = format!("/api/v1/logs{question}");
        connection.send(&request(&path, &self.key)).await?;
        let page: Value = serde_json::from_str(connection.body()?)?;
        let id = page["logs"][0]["id"]
            .as_str()
            .ok_or("no entry in the middle")?;
        Ok(id.to_owned())
    }

    /// How many entries are found, in how many answers.
    async fn to_the_end(&self, question: &str) -> Result<(usize, usize), Failure> {
        let mut connection = Connection::open(self.server.address).await?;
        let (mut found, mut pages) = (0, 0);
        let mut path = format!("/api/v1/logs?{question}");
        loop {
            let status = connection.send(&request(&path, &self.key)).await?;
            if status != 200 {
                return Err(format!("{path} is answered with {status}").into());
            }
            let page: Value = serde_json::from_str(connection.body()?)?;
            pages += 1;
            found += page["logs"].as_array().map_or(0, Vec::len);
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/api/v1/logs?{question}&cursor={cursor}"),
                None => return Ok((found, pages)),
            }
        }
    }
}
