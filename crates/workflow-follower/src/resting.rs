use central_logger_keys::ClientId;
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};

/// The clients whose monitors rest: none of their keys is accepted.
///
/// Clones share them, so that who finds out need not be who watches.
///
/// # Examples
///
/// ```
/// use central_logger_workflow_follower::RestingClients;
///
/// let resting = RestingClients::default();
/// resting.set(["acme_corp".parse()?].into());
/// assert!(resting.has(&"acme_corp".parse()?));
/// assert!(!resting.has(&"globex".parse()?));
/// # Ok::<(), central_logger_keys::InvalidClientId>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct RestingClients(Arc<RwLock<HashSet<ClientId>>>);

impl RestingClients {
    /// From now on these rest, and no others.
    pub fn set(&self, clients: HashSet<ClientId>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = clients;
    }

    /// Whether the monitors of a client rest.
    pub fn has(&self, client: &ClientId) -> bool {
        let resting = self.0.read().unwrap_or_else(PoisonError::into_inner);
        resting.contains(client)
    }
}
