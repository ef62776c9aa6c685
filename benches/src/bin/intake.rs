//! What the protocols of other systems cost: beside the same entries in our own.

use central_logger_benches::{Failure, Foreign, Load, Server, Spread, issue, keyring};
use clap::Parser;

/// Sends entries in each protocol, and what is stored of them as NDJSON, in turn to the server on SQLite and
/// on PostgreSQL, and compares the rates of each round.
#[derive(Debug, Parser)]
struct Args {
    /// Number of entries in a body
    #[arg(long, default_value_t = 1000)]
    entries: usize,

    /// Number of bodies that are sent in one measurement
    #[arg(long, default_value_t = 50)]
    bodies: usize,

    /// How often each is measured
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// How many send at a time.
const WRITERS: usize = 4;

/// How the entries are sent that are compared.
#[derive(Debug, Clone, Copy)]
enum Way {
    Foreign,
    /// As NDJSON.
    Own,
    /// As NDJSON with an `Idempotency-Key`: stored once, as bodies in foreign protocols are.
    OwnOnce,
}

const WAYS: [Way; 3] = [Way::Foreign, Way::Own, Way::OwnOnce];

/// A server, a key that it knows, and how many entries it was sent.
struct Target {
    name: &'static str,
    server: Server,
    key: String,
    sent: usize,
}

/// What was measured of one protocol on one database.
struct Measured {
    own: Spread,
    beside_own: Spread,
    beside_own_once: Spread,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let file = format!("sqlite:{}", directory.path().join("bench.db").display());
    let url = central_logger_postgres::testing::new_database().await;
    let mut targets = [
        Target::start("SQLite", &file).await?,
        Target::start("PostgreSQL", &url).await?,
    ];
    println!(
        "protocol       database    NDJSON entries/s             protocol beside it  beside named \
         NDJSON"
    );
    for foreign in Foreign::ALL {
        let mut measured = [const { Measured::new() }; 2];
        for round in 0..args.rounds {
            for (target, measured) in targets.iter_mut().zip(&mut measured) {
                let mut rates = [0.0; 3];
                // Each goes first in turn, for whatever the one before leaves behind.
                for turn in 0..3 {
                    let which = (round + turn) % 3;
                    rates[which] = target.measure(&foreign, WAYS[which], &args).await?;
                }
                let [rate, own, own_once] = rates;
                measured.own.push(own);
                measured.beside_own.push(rate / own);
                measured.beside_own_once.push(rate / own_once);
            }
        }
        for (target, measured) in targets.iter().zip(&measured) {
            println!(
                "{:<13}  {:<10}  {:<27.0}  {:<18.2}  {:.2}",
                foreign.name,
                target.name,
                measured.own,
                measured.beside_own,
                measured.beside_own_once
            );
        }
    }
    Ok(())
}

impl Measured {
    const fn new() -> Self {
        Self {
            own: Spread::new(),
            beside_own: Spread::new(),
            beside_own_once: Spread::new(),
        }
    }
}

impl Target {
    async fn start(name: &'static str, url: &str) -> Result<Self, Failure> {
        let issued = issue(&keyring(url).await?).await?;
        Ok(Self {
            name,
            key: issued.api_key.expose_secret().to_owned(),
            server: Server::start(url, &[]).await?,
            sent: 0,
        })
    }

    /// Entries a second, of which none was sent before.
    async fn measure(&mut self, foreign: &Foreign, way: Way, args: &Args) -> Result<f64, Failure> {
        let entries = (self.sent, args.bodies, args.entries);
        self.sent += args.bodies * args.entries;
        let (requests, status) = match way {
            Way::Foreign => (foreign.requests(&self.key, entries)?, foreign.status),
            Way::Own => (foreign.own_requests(&self.key, entries, false)?, 201),
            Way::OwnOnce => (foreign.own_requests(&self.key, entries, true)?, 201),
        };
        let load = Load {
            address: self.server.address,
            connections: WRITERS,
            requests: requests.into(),
            rate: 0,
        };
        let outcome = load.run_once().await?.all(status)?;
        Ok(outcome.rate() * args.entries as f64)
    }
}
