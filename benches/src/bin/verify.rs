//! What verification costs an HTTP service: requests per second with it and without.

use central_logger_benches::{
    Failure, Load, Server, Spread, Yardstick, issue, keyring, request, serve_yardstick,
};
use clap::Parser;
use std::{sync::Arc, time::Duration};

/// Drives a bare actix-web handler, the same behind the middleware, and the server's `verify` in turn,
/// all with the same requests, and compares the rates of each round.
#[derive(Debug, Parser)]
struct Args {
    /// Numbers of connections to try
    #[arg(long, value_delimiter = ',', default_values_t = [64, 256])]
    connections: Vec<usize>,

    /// How often each is measured
    #[arg(long, default_value_t = 9)]
    rounds: usize,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

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
    let requests = [request("/api/v1/verify", key.api_key.expose_secret())].into();
    let bare = Yardstick::Bare.start(&url).await?;
    let guarded = Yardstick::Guarded.start(&url).await?;
    let server = Server::start(&url, &[]).await?;
    println!("connections  bare requests/s         behind the middleware   verify");
    for connections in args.connections {
        let measure = async |server: &Server| {
            let load = Load {
                address: server.address,
                connections,
                requests: Arc::clone(&requests),
                rate: 0,
            };
            let outcome = load.run_for(Duration::from_secs(args.seconds)).await?;
            Ok::<_, Failure>(outcome.all(200)?.rate())
        };
        let [mut rates, mut behind, mut verify] = [const { Spread::new() }; 3];
        for round in 0..args.rounds {
            // Each goes first in turn, for whatever the one before leaves behind.
            let mut measured = [0.0; 3];
            for turn in 0..3 {
                let which = (round + turn) % 3;
                measured[which] = measure([&bare, &guarded, &server][which]).await?;
            }
            let [ceiling, middleware, server] = measured;
            rates.push(ceiling);
            behind.push(middleware / ceiling);
            verify.push(server / ceiling);
        }
        println!("{connections:>11}  {rates:<22.0}  {behind:<22.3}  {verify:.3}");
    }
    Ok(())
}
