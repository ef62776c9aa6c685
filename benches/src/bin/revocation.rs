//! How long a revocation takes under load, and whether any request is accepted after it.

use central_logger_benches::{Connection, Failure, Figures, Server, issue, keyring, request};
use central_logger_key_store::IssuedKey;
use central_logger_keyring::{KeySelection, Keyring};
use clap::{Parser, ValueEnum};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Revokes keys one after the other while two servers are under a load of valid requests, and looks
/// for requests that were sent after a revocation had returned and were accepted.
#[derive(Debug, Parser)]
struct Args {
    /// What the servers share; `postgres` needs TEST_DATABASE_URL, which scripts/bench sets
    #[arg(long, value_enum, default_value = "postgres")]
    database: Database,

    /// How many keys are revoked
    #[arg(long, default_value_t = 200)]
    revocations: usize,

    /// Connections that send requests to each server
    #[arg(long, default_value_t = 16)]
    connections: usize,

    /// Requests a second to both servers together, or as many as they can answer with 0: then all
    /// cores are busy, and what is measured is how long a process waits for one
    #[arg(long, default_value_t = 20_000)]
    rate: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Database {
    Postgres,
    Sqlite,
}

/// The keys, and what was seen of them.
struct Trial {
    steady: Vec<u8>,
    victims: Vec<Vec<u8>>,
    /// The victim that is being revoked.
    current: AtomicUsize,
    is_over: AtomicBool,
    requests: AtomicU64,
    /// Accepted requests with victims: which, and when they were sent.
    accepted: Mutex<Vec<(usize, Instant)>>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let url = match args.database {
        Database::Postgres => central_logger_postgres::testing::new_database().await,
        Database::Sqlite => format!("sqlite:{}", directory.path().join("keys.db").display()),
    };
    let servers = [
        Server::start(&url, &[]).await?,
        Server::start(&url, &[]).await?,
    ];
    let keyring = keyring(&url).await?;
    let steady = issue(&keyring).await?;
    let mut keys = Vec::new();
    for _ in 0..args.revocations {
        keys.push(issue(&keyring).await?);
    }
    let trial = Arc::new(Trial {
        steady: whoami(&steady),
        victims: keys.iter().map(whoami).collect(),
        current: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
        requests: AtomicU64::new(0),
        accepted: Mutex::default(),
    });

    // On a thread of its own, as the clients are elsewhere when a provider revokes a key.
    let load = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let pause = (args.rate > 0).then(|| {
        let senders = (servers.len() * args.connections) as f64;
        Duration::from_secs_f64(senders / f64::from(args.rate))
    });
    let mut senders = JoinSet::new();
    for server in &servers {
        for _ in 0..args.connections {
            let sender = send_until_over(server.address, pause, Arc::clone(&trial));
            senders.spawn_on(sender, load.handle());
        }
    }
    let began = Instant::now();
    let (returned, revoking, waiting) = revoke_all(&keyring, &keys, &servers, &trial).await?;
    let rate = trial.requests.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    trial.is_over.store(true, Ordering::Relaxed);
    while let Some(done) = senders.join_next().await {
        done??;
    }
    load.shutdown_background();

    let accepted = trial.accepted.lock().map_err(|_| "a sender panicked")?;
    let late = accepted
        .iter()
        .filter(|(victim, sent)| sent > &returned[*victim]);
    let late = late.count();
    println!(
        "{} revocations, two servers, {rate:.0} requests/s",
        keys.len()
    );
    for (what, figures) in [("revoke", &revoking), ("  of which waiting", &waiting)] {
        let [median, p99, most] = [50, 99, 100].map(|percent| figures.percentile(percent));
        println!("{what:<18}  median {median:6.1} ms   p99 {p99:6.1} ms   max {most:6.1} ms");
    }
    println!("accepted before    {}", accepted.len() - late);
    println!("accepted after     {late}");
    match late {
        0 => Ok(()),
        _ => Err("requests were accepted after the revocation had returned".into()),
    }
}

fn whoami(key: &IssuedKey) -> Vec<u8> {
    request("/api/v1/whoami", key.api_key.expose_secret())
}

/// When each revocation had returned, and how long all of it and the waiting took.
async fn revoke_all(
    keyring: &Keyring,
    keys: &[IssuedKey],
    servers: &[Server; 2],
    trial: &Trial,
) -> Result<(Vec<Instant>, Figures, Figures), Failure> {
    let mut probes = Vec::new();
    for server in servers {
        probes.push(Connection::open(server.address).await?);
    }
    let (mut returned, mut revoking, mut waiting) =
        (Vec::new(), Figures::default(), Figures::default());
    for (victim, key) in keys.iter().enumerate() {
        trial.current.store(victim, Ordering::Relaxed);
        // Long enough for the servers to know the key by heart.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let selection = KeySelection::Id(key.record.id.clone());
        let began = Instant::now();
        let revoked = keyring.revoke(&selection, None).await?;
        waiting.push(revoked.everywhere().await?);
        returned.push(Instant::now());
        revoking.push(began.elapsed());
        for probe in &mut probes {
            let sent = Instant::now();
            if probe.send(&trial.victims[victim]).await? == 200 {
                note(trial, victim, sent)?;
            }
        }
    }
    Ok((returned, revoking, waiting))
}

/// Three valid requests, then one with a key that is being, will be or was revoked.
async fn send_until_over(
    address: SocketAddr,
    pause: Option<Duration>,
    trial: Arc<Trial>,
) -> Result<(), Failure> {
    let mut connection = Connection::open(address).await?;
    let mut turns = pause.map(tokio::time::interval);
    for turn in 0_usize.. {
        if let Some(turns) = &mut turns {
            turns.tick().await;
        }
        if trial.is_over.load(Ordering::Relaxed) {
            break;
        }
        let near = (trial.current.load(Ordering::Relaxed) + 1).saturating_sub(turn / 4 % 4);
        let is_victim = turn % 4 == 3 && near < trial.victims.len();
        let request = match is_victim {
            true => &trial.victims[near],
            false => &trial.steady,
        };
        let sent = Instant::now();
        let status = connection.send(request).await?;
        trial.requests.fetch_add(1, Ordering::Relaxed);
        match (is_victim, status) {
            (true, 200) => note(&trial, near, sent)?,
            // All of them come from one address, which fails too often by that.
            (true, 401 | 429) | (false, 200) => {}
            _ => return Err(format!("an answer of {status}").into()),
        }
    }
    Ok(())
}

fn note(trial: &Trial, victim: usize, sent: Instant) -> Result<(), Failure> {
    let mut accepted = trial.accepted.lock().map_err(|_| "a sender panicked")?;
    accepted.push((victim, sent));
    Ok(())
}
