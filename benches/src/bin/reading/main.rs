//! What reading takes, however much there is.

mod large;

use central_logger_benches::{
    Connection, Failure, Figures, Server, export, issue, issue_to, keyring, peak_memory, request,
};
use clap::Parser;
use std::{ops::Range, time::Instant};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio_postgres::{Client, NoTls};

/// Fills PostgreSQL with the entries of 1,000 clients, more and more of them, and reads those of one
/// client over HTTP. Then exports all of a large client's, and watches the server's memory. At last looks
/// through all of a large client's entries on both databases.
#[derive(Debug, Parser)]
struct Args {
    /// Numbers of entries, of all clients together
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 1_000_000, 10_000_000])]
    entries: Vec<u64>,

    /// How often each question is asked
    #[arg(long, default_value_t = 300)]
    times: usize,

    /// How many entries are exported
    #[arg(long, default_value_t = 1_000_000)]
    export: u64,

    /// How many entries of a large client are looked through
    #[arg(long, default_value_t = 1_000_000)]
    large: usize,
}

/// Whose an entry is, by its number.
const CLIENTS: &str = "CASE n % 1000 WHEN 0 THEN 'bench' ELSE 'client-' || n % 1000 END";

/// One client's entries are a second apart, and begin with the year.
const FIRST_MS: u64 = 1_767_225_600_000;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let url = central_logger_postgres::testing::new_database().await;
    let keyring = keyring(&url).await?;
    let (one, large) = (issue(&keyring).await?, issue_to("large", &keyring).await?);
    let (database, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    let server = Server::start(&url, &[]).await?;
    let key = one.api_key.expose_secret();

    println!("entries     of one   newest page  deep page  filter     stats    (ms, median)");
    let mut held = 0;
    for entries in args.entries {
        fill(&database, CLIENTS, held..entries).await?;
        held = entries;
        let of_one = entries / 1000;
        let middle = format!("{:012x}70008000000000000000", FIRST_MS + of_one / 2 * 1000);
        let (first, end) = (FIRST_MS / 1000, FIRST_MS / 1000 + of_one);
        let time = |unix| {
            let time = OffsetDateTime::from_unix_timestamp(unix as i64)?;
            Ok::<_, Failure>(time.format(&Rfc3339)?)
        };
        let interval = of_one.div_ceil(500).max(1);
        let stats = format!(
            "/stats?from={}&to={}&interval={interval}s",
            time(first)?,
            time(end)?
        );
        print!("{entries:<10}  {of_one:<7}");
        for query in ["", &format!("?cursor={middle}"), "?status=FAILED", &stats] {
            let asked = request(&format!("/api/v1/logs{query}"), key);
            let mut connection = Connection::open(server.address).await?;
            let mut taken = Figures::default();
            for _ in 0..args.times {
                let began = Instant::now();
                let status = connection.send(&asked).await?;
                taken.push(began.elapsed());
                if status != 200 {
                    return Err(format!("{query} is answered with {status}").into());
                }
            }
            print!("  {:<9.2}", taken.percentile(50));
        }
        println!();
    }

    fill(&database, "'large'", 0..args.export).await?;
    let before = peak_memory(server.process_id())?;
    let began = Instant::now();
    let lines = export(&server, large.api_key.expose_secret()).await?;
    if lines != args.export {
        return Err(format!("{lines} entries came, of {}", args.export).into());
    }
    let rate = lines as f64 / began.elapsed().as_secs_f64();
    println!(
        "\n{lines} entries exported, {rate:.0} a second; the server's memory was {before:.0} MiB at \
         most before and {:.0} MiB after",
        peak_memory(server.process_id())?,
    );
    drop(server);
    large::read(args.large).await
}

/// Stores entries of those numbers, in the order in which they would come: with each thousandth of
/// them a second goes by.
async fn fill(database: &Client, client: &str, numbers: Range<u64>) -> Result<(), Failure> {
    let (first, last) = (numbers.start, numbers.end - 1);
    let statement = format!(
        "INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status,
                                    workflow, message, extra)
         SELECT {client},
                (lpad(to_hex({FIRST_MS} + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
                 || substr(md5(n::text), 4, 15))::uuid,
                now(), 'production',
                to_char(to_timestamp(({FIRST_MS} + n) / 1000.0) AT TIME ZONE 'UTC',
                        'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),
                CASE WHEN n / 1000 % 10 = 0 THEN 'FAILED' ELSE 'SUCCESS' END,
                'nightly-invoices', lpad(n::text, 160, '0'), '{{\"duration_ms\":' || n % 5000 || '}}'
         FROM generate_series({first}::bigint, {last}) AS n"
    );
    database.batch_execute(&statement).await?;
    database
        .batch_execute("VACUUM ANALYZE workflow_logs")
        .await?;
    Ok(())
}
