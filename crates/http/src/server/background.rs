//! What runs beside the requests.

use super::{Server, retention::Pruner, rotation::Rotation, upkeep, watching};
use crate::services::Services;
use central_logger_block_store::seal_logs;
use central_logger_key_service::{KeyService, Tasks};
use std::sync::Arc;

impl Server {
    pub(super) fn begin_tasks(
        &self,
        services: &Services,
        key_service: &KeyService,
        rotation: Option<Rotation>,
        tasks: &mut Tasks,
    ) {
        let readiness = services.readiness.clone();
        tasks.run("checking readiness", move || readiness.clone().watch());
        let database = Arc::clone(&self.database);
        tasks.run("reserving space for changes of keys", move || {
            upkeep::keep_room(Arc::clone(&database))
        });
        let static_source = self.static_source.clone();
        tasks.run("following static keys", move || {
            static_source.clone().follow()
        });
        let (logs, removal) = (Arc::clone(&services.logs), key_service.removal_clock());
        let (keys, workflows) = (self.database.keys(), self.database.workflows());
        tasks.run("deleting expired idempotency keys", move || {
            let (logs, keys) = (Arc::clone(&logs), Arc::clone(&keys));
            upkeep::keep_up(logs, keys, Arc::clone(&workflows), removal.clone())
        });
        let follower = watching::begin(self, services, key_service, tasks);
        if let Some(rotation) = rotation {
            tasks.run("rotating keys that are due", move || {
                let (rotation, follower) = (rotation.clone(), Arc::clone(&follower));
                async move { rotation.run(|| follower.leads()).await }
            });
        }
        let (sessions, removal) = (self.database.sessions(), key_service.removal_clock());
        tasks.run("deleting sessions that have ended", move || {
            upkeep::delete_ended_sessions(Arc::clone(&sessions), removal.clone())
        });
        let pruner = Pruner {
            logs: self.database.log_pruner(),
            retention: key_service.retention(),
            cache: key_service.cache(),
            clock: Arc::clone(&self.clock),
            removal: key_service.removal_clock(),
        };
        tasks.run("deleting expired logs", move || pruner.clone().run());
        if let Some(store) = self.database.block_store() {
            let (clock, totals) = (Arc::clone(&self.clock), services.blocks.clone());
            tasks.run("putting logs into blocks", move || {
                seal_logs(Arc::clone(&store), Arc::clone(&clock), totals.clone())
            });
        }
    }
}
