//! Watching the workflows of clients, beside the requests. Of several servers one does.

use crate::{Server, Services};
use central_logger_key_service::{KeyService, Tasks};
use central_logger_key_store::{KeyAdmin, KeyRecord, KeyStatus, KeyStore, KeyStoreError, Owners};
use central_logger_keys::ClientId;
use central_logger_settings::StaticSource;
use central_logger_text::Report;
use central_logger_times::Clock;
use central_logger_workflow_follower::{Follower, RestingClients};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use time::OffsetDateTime;

/// How often it is looked which clients have a key that is accepted.
const INTERVAL: Duration = Duration::from_secs(15);

/// Begins to watch, and to deliver messages about what is seen. Returns what tells whether this server leads.
pub(super) fn begin(
    server: &Server,
    services: &Services,
    key_service: &KeyService,
    tasks: &mut Tasks,
) -> Arc<Follower> {
    let database = &server.database;
    let (logs, clients) = (database.logs(), database.log_pruner());
    let resting = RestingClients::default();
    let follower = Follower::new(database.workflows(), logs, clients);
    let follower = Arc::new(follower.with_resting(resting.clone()));
    let channels = services.workflows.dispatcher();
    let removal = key_service.removal_clock();
    let keys = Arc::new(ClientKeys {
        stored: database.keys(),
        fixed: server.static_source.clone(),
        clock: Arc::clone(&server.clock),
        resting,
    });
    let leader = Arc::clone(&follower);
    tasks.run("watching workflows", move || {
        let (follower, channels) = (Arc::clone(&follower), Arc::clone(&channels));
        let (removal, keys) = (removal.clone(), Arc::clone(&keys));
        async move {
            tokio::join!(
                follower.run(|| removal.now()),
                channels.run(|| follower.leads()),
                keys.watch(|| follower.leads()),
            );
        }
    });
    leader
}

/// The keys of clients, which say whether their monitors rest.
struct ClientKeys {
    stored: Arc<dyn KeyAdmin>,
    fixed: StaticSource,
    clock: Arc<dyn Clock>,
    resting: RestingClients,
}

impl ClientKeys {
    /// Looks again and again, without end, while this server leads.
    async fn watch(&self, leads: impl Fn() -> bool) {
        loop {
            if leads() {
                match self.resting().await {
                    Ok(clients) => self.resting.set(clients),
                    // The follower of the store logs that it does not answer.
                    Err(error) => {
                        let error = Report(&error).to_string();
                        tracing::debug!(error, "it is not known which clients have keys");
                    }
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    async fn resting(&self) -> Result<HashSet<ClientId>, KeyStoreError> {
        let mut keys = self.stored.list(Owners::Clients).await?.records;
        keys.extend(self.fixed.keys().list(Owners::Clients).await?.records);
        Ok(resting_of(&keys, self.clock.now()))
    }
}

/// The clients that have keys of which none is accepted.
fn resting_of(keys: &[KeyRecord], now: OffsetDateTime) -> HashSet<ClientId> {
    let mut clients = HashMap::<_, bool>::new();
    for key in keys {
        if let Some(client) = key.owner.client() {
            *clients.entry(client).or_default() |= key.status(now) == KeyStatus::Active;
        }
    }
    let resting = clients.into_iter().filter(|(_, is_active)| !is_active);
    resting.map(|(client, _)| client.clone()).collect()
}
