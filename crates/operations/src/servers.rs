use crate::{OperationError, Operations};
use central_logger_keyring::KeyringError;
use serde::Serialize;

/// A server that answers from this store, as its lease tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerView {
    /// Where it listens, and what tells it from others there.
    pub server: String,
    /// How many changes of keys and clients it has not applied yet.
    pub changes_behind: u64,
    /// The version of the schema that its program knows, where the store has one.
    pub schema: Option<u64>,
}

/// The servers whose leases have not run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerList {
    /// The number of the last change.
    pub last_change: u64,
    /// The servers.
    pub servers: Vec<ServerView>,
}

impl Operations {
    /// Lists the servers that answer from this store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn servers(&self) -> Result<ServerList, OperationError> {
        self.caller.check_provider_reads()?;
        // First, so that a server that follows on meanwhile is not taken for one that is behind.
        let last_change = self.stores.keys.head().await;
        let last_change = last_change.map_err(KeyringError::from)?.sequence;
        let leases = self.stores.keys.live_leases().await;
        let leases = leases.map_err(KeyringError::from)?.into_iter();
        let mut servers: Vec<_> = leases
            .map(|lease| ServerView {
                server: lease.holder.as_str().to_owned(),
                changes_behind: last_change.saturating_sub(lease.sequence),
                schema: lease.knows,
            })
            .collect();
        servers.sort_by(|one, other| one.server.cmp(&other.server));
        Ok(ServerList {
            last_change,
            servers,
        })
    }
}
