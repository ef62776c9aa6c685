use crate::Database;
use central_logger_benches::{
    Connection, Failure, Load, Server, Spread, Yardstick, entry, issue_to, keyring, request,
};
use std::{sync::Arc, time::Duration};

const CONNECTIONS: usize = 64;
/// How many entries differ in their time.
const DIFFERENT: usize = 100_000;

/// The two services on one database, and the requests that both get.
struct Pair {
    without: Server,
    with: Server,
    requests: Arc<[Vec<u8>]>,
    status: u16,
}

/// Has a service without monitoring and the same with it verify keys in turn, and then store entries.
pub(crate) async fn compare(
    database: &Database,
    keys: usize,
    rounds: usize,
    duration: Duration,
) -> Result<(), Failure> {
    let keyring = keyring(&database.url).await?;
    let mut secrets = Vec::new();
    for _ in 0..keys {
        let key = issue_to("bench", &keyring).await?;
        secrets.push(key.api_key.expose_secret().to_owned());
    }
    let verifying = secrets.iter().map(|secret| request("/", secret)).collect();
    let storing = (0..DIFFERENT).map(|number| {
        let headers = format!("X-API-Key: {}\r\n", secrets[number % keys]);
        Connection::post("/", &headers, &entry(number).to_string())
    });
    let mut columns = Vec::new();
    for (requests, status) in [(verifying, 200), (storing.collect(), 201)] {
        let pair = Pair {
            without: Yardstick::Unwatched.start(&database.url).await?,
            with: Yardstick::Watched.start(&database.url).await?,
            requests,
            status,
        };
        columns.push(format!("{:<32}", pair.measure(rounds, duration).await?));
    }
    println!("{:<10}  {}", database.name, columns.join("  ").trim_end());
    Ok(())
}

impl Pair {
    /// The rate without monitoring, and what part of it there is with it: of all rounds together, since
    /// the counts are stored in some of them only, and of each.
    async fn measure(&self, rounds: usize, duration: Duration) -> Result<String, Failure> {
        // Both get to know the keys before anything is measured.
        for server in [&self.without, &self.with] {
            self.load(server)
                .run_for(duration)
                .await?
                .all(self.status)?;
        }
        let (mut sums, mut ratios) = ([0.0; 2], Spread::new());
        for round in 0..rounds {
            // Each goes first in turn, for whatever the one before leaves behind.
            let mut measured = [0.0; 2];
            for turn in 0..2 {
                let which = (round + turn) % 2;
                let load = self.load([&self.without, &self.with][which]);
                measured[which] = load.run_for(duration).await?.all(self.status)?.rate();
                sums[which] += measured[which];
            }
            ratios.push(measured[1] / measured[0]);
        }
        let [without, with] = sums;
        let rate = without / rounds as f64;
        Ok(format!("{rate:.0}, {:.3}; {ratios:.2}", with / without))
    }

    fn load(&self, server: &Server) -> Load {
        Load {
            address: server.address,
            connections: CONNECTIONS,
            requests: Arc::clone(&self.requests),
            rate: 0,
        }
    }
}
