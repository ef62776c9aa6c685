//! What the benchmarks share: the real server as a process, and a client that costs little.

mod connection;
mod figures;
mod server;

pub use connection::Connection;
pub use figures::Figures;
pub use server::Server;

/// Whatever keeps a benchmark from running.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
