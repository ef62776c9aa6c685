#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod connections;
mod connector;
mod error;
mod lent;
mod passfile;
mod room;
mod tls;
mod url;
mod verifier;

pub use connections::{Connection, Connections, PoolStatus};
pub use connector::Connector;
pub use error::{LendError, TargetError};
pub use lent::{Lent, WORK_LIMIT, Work};
pub use passfile::supply_password;
pub use url::Target;
