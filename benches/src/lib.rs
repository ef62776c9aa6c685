//! What the benchmarks share: the real server as a process, and a client that costs little.

mod connection;
mod entries;
mod exported;
mod figures;
mod filled;
mod foreign;
mod hit;
mod keys;
mod load;
mod monitored;
mod server;
mod yardstick;

pub use connection::Connection;
pub use entries::{ExecutedAt, Rows, appends, appends_of_events, entry};
pub use exported::{export, peak_memory};
pub use figures::{Figures, Spread};
pub use filled::{fill, logs, sqlite_url};
pub use foreign::Foreign;
pub use hit::{Verifier, now};
pub use keys::{issue, issue_to, keyring, keyring_at, request};
pub use load::{Load, Outcome};
pub use server::{Server, program};
pub use yardstick::{Yardstick, serve_yardstick};

/// Whatever keeps a benchmark from running.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
