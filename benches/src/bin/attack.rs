//! What an attack with bad keys does to those who have good ones, and to memory.

use central_logger_benches::{
    Connection, Failure, Load, Outcome, Server, Spread, Yardstick, issue, keyring, request,
    serve_yardstick,
};
use central_logger_key_store::NewKey;
use central_logger_keys::{ApiKey, KeyId, KeyPrefix};
use clap::Parser;
use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Sends valid requests to the server while bad ones arrive at a steady rate, alternately at the
/// server itself and at a process that answers 401 at once, so that what the attack's own sockets
/// cost is set aside. Then floods the server with distinct bad keys and watches its memory. Last, floods one
/// that has opaque keys with made-up ones from one address, and uses keys that exist meanwhile.
#[derive(Debug, Parser)]
struct Args {
    /// Bad requests a second
    #[arg(long, default_value_t = 5000)]
    rate: u32,

    /// How often each is measured
    #[arg(long, default_value_t = 7)]
    rounds: usize,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 3)]
    seconds: u64,

    /// How many distinct bad keys flood the server: ten minutes' worth, unless told otherwise
    #[arg(long, default_value_t = 3_000_000)]
    flood: usize,

    /// Connections that present made-up keys from one address, where opaque keys are stored
    #[arg(long, default_value_t = 1500)]
    opaque: usize,
}

const VALID_CONNECTIONS: usize = 64;
const BAD_CONNECTIONS: usize = 64;

fn main() -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(run())
}

async fn run() -> Result<(), Failure> {
    if serve_yardstick().await? {
        return Ok(());
    }
    let args = Args::parse();
    let url = central_logger_postgres::testing::new_database().await;
    let key = issue(&keyring(&url).await?).await?;
    let server = Server::start(&url, &["--trusted-proxy", "127.0.0.0/8"]).await?;
    let refusing = Yardstick::Refusing.start(&url).await?;
    let valid = Load {
        address: server.address,
        connections: VALID_CONNECTIONS,
        requests: [request("/api/v1/verify", key.api_key.expose_secret())].into(),
        rate: 0,
    };
    let bad = |address| Load {
        address,
        connections: BAD_CONNECTIONS,
        requests: wrong_secrets(&key.record.id, 50_000),
        rate: args.rate,
    };
    let (at_server, elsewhere) = (bad(server.address), bad(refusing.address));
    let [mut kept, mut slowed, mut quiet] = [const { Spread::new() }; 3];
    for round in 0..args.rounds {
        let mut measured = [None, None];
        for turn in 0..2 {
            let which = (round + turn) % 2;
            let attack = [&at_server, &elsewhere][which];
            measured[which] = Some(beside(&valid, attack, args.seconds).await?);
        }
        let [Some(attacked), Some(aside)] = measured else {
            return Err("a round is missing".into());
        };
        kept.push(attacked.rate() / aside.rate());
        slowed.push(attacked.latencies.percentile(99) / aside.latencies.percentile(99));
        quiet.push(aside.rate());
    }
    println!("{} wrong secrets a second for a known id", args.rate);
    println!("valid requests/s, attack set aside    {quiet:.0}");
    println!("of these, under attack                {kept:.3}");
    println!("p99 under attack, to that set aside   {slowed:.2}");
    flood(&server, &key.record.id, args.flood).await?;
    drop(server);
    beside_opaque_keys(args.opaque).await
}

/// How long keys that exist take at their first use while made-up ones come that must be hashed as opaque
/// ones are, all from one address, and what memory that takes.
async fn beside_opaque_keys(connections: usize) -> Result<(), Failure> {
    const STATIC: &str = "in-the-file-0123456789";
    let url = central_logger_postgres::testing::new_database().await;
    let keyring = keyring(&url).await?;
    let opaque = ApiKey::parse("made-by-somebody-else-0123456789")?;
    let new = NewKey::for_client("elsewhere".parse()?);
    keyring.import(opaque, new).await?;
    let generated = issue(&keyring).await?;
    let directory = tempfile::tempdir()?;
    let env_file = directory.path().join(".env");
    fs::write(
        &env_file,
        format!("API_KEYS={{\"{STATIC}\": \"static_co\"}}\n"),
    )?;
    let env_file = env_file.to_str().ok_or("a path that is no text")?;
    let server = Server::start_with_env_file(&url, env_file, &[]).await?;

    println!("{connections} connections with made-up keys from one address, beside an opaque key");
    println!("  memory before          {:7.1} MiB", memory(&server)?);
    let requests = (0..connections * 10).map(|number| {
        let key = format!("made-up-{number:012}");
        request("/api/v1/verify", &key)
    });
    let attack = Load {
        address: server.address,
        connections,
        requests: requests.collect(),
        rate: 0,
    };
    let attack = tokio::task::spawn_local(async move { attack.run_once().await });
    // Once it has begun.
    let (mut most, began) = (0_f64, Instant::now());
    while memory(&server)? < most + 10.0 && began.elapsed() < Duration::from_secs(5) {
        most = most.max(memory(&server)?);
        sleep(Duration::from_millis(10)).await;
    }
    for (kind, key) in [
        ("generated", generated.api_key.expose_secret()),
        ("static", STATIC),
    ] {
        let mut connection = Connection::open(server.address).await?;
        let began = Instant::now();
        let status = connection.send(&request("/api/v1/verify", key)).await?;
        let took = began.elapsed().as_secs_f64() * 1000.0;
        println!("  first use, {kind:<9}   {took:7.1} ms, answered {status}");
    }
    while !attack.is_finished() {
        most = most.max(memory(&server)?);
        sleep(Duration::from_millis(10)).await;
    }
    let statuses = attack.await??.statuses;
    println!("  answers to the attack  {statuses:?}");
    println!("  most memory            {most:7.1} MiB");
    sleep(Duration::from_secs(60)).await;
    println!("  memory a minute later  {:7.1} MiB", memory(&server)?);
    Ok(())
}

/// The valid load while the attack goes on.
async fn beside(valid: &Load, attack: &Load, seconds: u64) -> Result<Outcome, Failure> {
    let duration = Duration::from_secs(seconds);
    let (outcome, attacked) = tokio::join!(valid.run_for(duration), attack.run_for(duration));
    let attacked = attacked?.all(401)?;
    let reached = attacked.rate() / f64::from(attack.rate);
    if reached < 0.9 {
        return Err(format!("the attack reached {reached:.2} of its rate").into());
    }
    outcome?.all(200)
}

/// From many addresses, so that their limits do not shorten the work.
fn wrong_secrets(id: &KeyId, number: u32) -> Arc<[Vec<u8>]> {
    let requests = (0..number).filter_map(|number| {
        let forged = ApiKey::forged(id.clone()).ok()?;
        Some(from_elsewhere(forged.expose_secret(), number))
    });
    requests.collect()
}

fn from_elsewhere(key: &str, number: u32) -> Vec<u8> {
    let [_, b, c, d] = number.to_be_bytes();
    let headers = format!("X-API-Key: {key}\r\nX-Forwarded-For: 100.{b}.{c}.{d}\r\n");
    Connection::request("/api/v1/verify", &headers)
}

/// Distinct bad keys, a third of each kind: a wrong secret, an unknown id, and no form at all.
async fn flood(server: &Server, id: &KeyId, keys: usize) -> Result<(), Failure> {
    const PARTS: usize = 6;
    println!("memory of the server under {keys} distinct bad keys");
    println!("  before     {:7.1} MiB", memory(server)?);
    for part in 1..=PARTS {
        let requests = (0..keys / PARTS).filter_map(|number| {
            let number = u32::try_from(part * keys / PARTS + number).ok()?;
            let key = match number % 3 {
                0 => ApiKey::forged(id.clone()).ok()?,
                1 => ApiKey::forged(KeyId::generate().ok()?).ok()?,
                _ => ApiKey::parse(&format!("{}-{number}", KeyPrefix::default())).ok()?,
            };
            Some(from_elsewhere(key.expose_secret(), number))
        });
        let load = Load {
            address: server.address,
            connections: BAD_CONNECTIONS,
            requests: requests.collect(),
            rate: 0,
        };
        load.run_once().await?.all(401)?;
        println!("  after {part}/{PARTS}  {:7.1} MiB", memory(server)?);
    }
    Ok(())
}

/// What is resident, as Linux tells it.
fn memory(server: &Server) -> Result<f64, Failure> {
    let id = server.process_id().ok_or("the server has ended")?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("no memory is told")?.parse::<f64>()? / 1024.0)
}
