//! How exactly a rate is kept under a flood.

use central_logger_benches::{Connection, Failure, Load, Server, keyring, request};
use central_logger_key_store::NewKey;
use central_logger_keys::KeyPrefix;
use clap::Parser;
use std::time::Duration;

/// Floods one server with a key of a rate, and counts what gets through.
#[derive(Debug, Parser)]
struct Args {
    /// The rate of the key, per second
    #[arg(long, default_value_t = 100)]
    rate: u32,

    /// How long the flood lasts, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,

    /// Connections
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let url = central_logger_postgres::testing::new_database().await;
    let new = NewKey {
        rate_limit: Some(format!("{}/s", args.rate).parse()?),
        ..NewKey::for_client("bench".parse()?)
    };
    let key = keyring(&url)
        .await?
        .issue(&KeyPrefix::default(), new)
        .await?;
    let server = Server::start(&url, &[]).await?;
    let request = request("/api/v1/verify", key.api_key.expose_secret());
    let load = Load {
        address: server.address,
        connections: args.connections,
        requests: [request.clone()].into(),
        rate: 0,
    };
    let outcome = load.run_for(Duration::from_secs(args.seconds)).await?;
    let count = |status| outcome.statuses.get(&status).copied().unwrap_or_default();
    let seconds = outcome.took.as_secs_f64();
    println!("sent      {:9.0} a second", outcome.rate());
    println!("accepted  {:9.1} a second", count(200) as f64 / seconds);
    println!("refused   {:9.1} a second", count(429) as f64 / seconds);
    let mut connection = Connection::open(server.address).await?;
    connection.send(&request).await?;
    println!("the last answer:\n{}", connection.head()?);
    match outcome
        .statuses
        .keys()
        .all(|status| [200, 429].contains(status))
    {
        true => Ok(()),
        false => Err(format!("other answers: {:?}", outcome.statuses).into()),
    }
}
