//! What requests are answered from.

use actix_web::web;
use central_logger_auth::{Authenticator, Gate, SessionCookies};
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_hash_pool::HashPool;
use central_logger_http_api::Problem;
use central_logger_keys::Scope;
use central_logger_operations::{Caller, Operations, StaticEntries, Stores};
use central_logger_times::Clock;
use std::{path::PathBuf, sync::Arc};

/// What requests for operations are answered from.
#[derive(Clone)]
pub struct OperationRoutes {
    /// What finds out who calls.
    pub authenticator: Arc<Authenticator>,
    /// The stores.
    pub stores: Stores,
    /// What hashes new keys.
    pub hashes: HashPool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How browsers hold sessions.
    pub cookies: SessionCookies,
    /// The file that static keys may stand in.
    pub env_file: PathBuf,
    /// The folder for files that keys go to, if programs of the provider may name any.
    pub deliver_folder: Option<PathBuf>,
}

/// What admits requests, by what they want.
pub struct Gates {
    /// Clients that manage their own keys.
    pub manage: ApiKeyAuth,
    /// The provider, who looks at all clients.
    pub read: ApiKeyAuth,
    /// The provider, who changes them.
    pub write: ApiKeyAuth,
}

impl OperationRoutes {
    /// Returns what admits keys and sessions.
    pub fn gates(&self) -> Gates {
        let gate = Gate::new(Arc::clone(&self.authenticator)).with_sessions(self.cookies.clone());
        let any_key = ApiKeyAuth::new(gate);
        let provider = any_key.clone().of_provider();
        Gates {
            manage: any_key.require(Scope::KEYS_MANAGE),
            read: provider.clone().require(Scope::PROVIDER_READ),
            write: provider.require(Scope::PROVIDER_WRITE),
        }
    }

    /// Reads the static keys as they are now.
    ///
    /// # Errors
    /// When the server is stopping.
    pub async fn static_entries(&self) -> Result<StaticEntries, Problem> {
        let env_file = self.env_file.clone();
        let entries = web::block(move || StaticEntries::read_again(&env_file)).await;
        entries.map_err(|error| Problem::failed(&error, "reading static keys"))
    }

    /// Returns the operations in the name of a caller.
    pub fn operations(&self, caller: Caller) -> Operations {
        let (stores, hashes) = (self.stores.clone(), self.hashes.clone());
        let operations = Operations::new(stores, hashes, Arc::clone(&self.clock), caller);
        operations.delivering_beneath(self.deliver_folder.clone())
    }
}
