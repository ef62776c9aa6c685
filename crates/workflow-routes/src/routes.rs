//! What is served where, and which scope it needs.

use crate::{
    channels, confirmation, incidents, lists, monitors, provider, provider_channels, public_status,
    runs, status_links,
};
use actix_web::web;
use central_logger_auth::Gate;
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::route::{get, resource};
use central_logger_keys::Scope;
use central_logger_operation_routes::{Asking, OperationRoutes};
use central_logger_session_routes::PublicAddress;
use central_logger_workflow_channels::{ChannelDispatcher, Channels, Senders};
use central_logger_workflow_operations::WorkflowOperations;
use central_logger_workflows::{WorkflowStore, Workflows};
use std::sync::Arc;
use utoipa::OpenApi;

/// The description of these routes.
#[derive(OpenApi)]
#[openapi(paths(
    lists::list,
    runs::runs,
    incidents::list,
    channels::list,
    channels::add,
    channels::remove,
    channels::test,
    status_links::list,
    status_links::make,
    status_links::withdraw,
    public_status::show_badge,
    public_status::show_status,
    confirmation::look,
    confirmation::confirm,
    provider::workflows,
    provider::incidents,
    provider_channels::list,
    provider_channels::add,
    provider_channels::remove,
    provider_channels::test,
    provider::set_monitor,
    provider::show_monitor,
    provider::remove_monitor,
    provider::silence_monitor,
    monitors::put,
    monitors::show,
    monitors::remove,
    monitors::silence,
))]
pub struct Described;

/// The patterns of these routes.
pub const PATTERNS: [&str; 20] = [
    "/api/v1/workflows",
    "/api/v1/workflows/{workflow}/runs",
    "/api/v1/incidents",
    "/api/v1/channels",
    "/api/v1/channels/{id}",
    "/api/v1/channels/{id}/test",
    "/api/v1/workflows/{workflow}/monitor",
    "/api/v1/workflows/{workflow}/monitor/silence",
    "/api/v1/status-links",
    "/api/v1/status-links/{id}",
    "/badge/{token}",
    "/status/{token}",
    "/confirm/{client_id}/{id}/{token}",
    "/api/v1/provider/workflows",
    "/api/v1/provider/incidents",
    "/api/v1/provider/channels",
    "/api/v1/provider/channels/{id}",
    "/api/v1/provider/channels/{id}/test",
    "/api/v1/provider/workflows/{workflow}/monitor",
    "/api/v1/provider/workflows/{workflow}/monitor/silence",
];

/// What requests about workflows are answered from, and the routes over it.
#[derive(Clone)]
pub struct WorkflowRoutes {
    /// What all requests for operations are answered from.
    pub shared: OperationRoutes,
    /// What is kept of workflows.
    pub store: Arc<dyn WorkflowStore>,
    /// What messages are sent with.
    pub senders: Senders,
    /// Where people reach this server.
    pub address: PublicAddress,
}

impl WorkflowRoutes {
    /// What delivers the messages that wait in channels.
    pub fn dispatcher(&self) -> Arc<ChannelDispatcher> {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.shared.clock));
        Arc::new(ChannelDispatcher::new(store, clock, self.senders.clone()))
    }

    /// What is asked about workflows.
    pub fn workflows(&self) -> Workflows {
        Workflows::new(Arc::clone(&self.store), Arc::clone(&self.shared.clock))
    }

    /// What is asked about channels.
    pub fn channels(&self) -> Channels {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.shared.clock));
        Channels::new(store, clock, self.senders.clone())
    }

    /// What is changed in the name of who asks.
    pub fn operations(&self, asking: &Asking) -> WorkflowOperations {
        let operations = asking.operations.clone();
        WorkflowOperations::new(operations, self.workflows(), self.channels())
    }

    /// Mounts the routes.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        let OperationRoutes {
            authenticator,
            cookies,
            ..
        } = &self.shared;
        let gate = Gate::new(Arc::clone(authenticator)).with_sessions(cookies.clone());
        let any_key = ApiKeyAuth::new(gate);
        let read = any_key.clone().require(Scope::LOGS_READ);
        let manage = any_key.clone().require(Scope::KEYS_MANAGE);
        let of_provider = any_key.clone().of_provider();
        let [
            all,
            of_workflow,
            incidents,
            channels,
            channel,
            test,
            monitor,
            silence,
            links,
            link,
            badge,
            status,
            confirm,
            ..,
        ] = PATTERNS;
        app.app_data(web::Data::new(self.clone()))
            .app_data(web::Data::new(self.shared.clone()))
            .service(resource(all).route(get().to(lists::list).wrap(read.clone())))
            .service(resource(of_workflow).route(get().to(runs::runs).wrap(read.clone())))
            .service(resource(incidents).route(get().to(incidents::list).wrap(read)))
            .service(
                resource(channels)
                    .route(get().to(channels::list).wrap(manage.clone()))
                    .route(web::post().to(channels::add).wrap(manage.clone())),
            )
            .service(
                resource(channel).route(web::delete().to(channels::remove).wrap(manage.clone())),
            )
            .service(resource(test).route(web::post().to(channels::test).wrap(manage.clone())))
            .service(
                resource(monitor)
                    .route(get().to(monitors::show).wrap(manage.clone()))
                    // What a key needs here depends on what it asks for.
                    .route(web::put().to(monitors::put).wrap(any_key))
                    .route(web::delete().to(monitors::remove).wrap(manage.clone())),
            )
            .service(
                resource(silence).route(web::post().to(monitors::silence).wrap(manage.clone())),
            )
            .service(
                resource(links)
                    .route(get().to(status_links::list).wrap(manage.clone()))
                    .route(web::post().to(status_links::make).wrap(manage.clone())),
            )
            .service(resource(link).route(web::delete().to(status_links::withdraw).wrap(manage)))
            .service(resource(badge).route(get().to(public_status::show_badge)))
            .service(resource(status).route(get().to(public_status::show_status)))
            .service(
                resource(confirm)
                    .route(get().to(confirmation::look))
                    .route(web::post().to(confirmation::confirm)),
            );
        configure_provider(app, &of_provider);
    }
}

/// The same for all clients.
fn configure_provider(app: &mut web::ServiceConfig, of_provider: &ApiKeyAuth) {
    let read = of_provider.clone().require(Scope::PROVIDER_READ);
    let write = of_provider.clone().require(Scope::PROVIDER_WRITE);
    let [
        ..,
        all,
        incidents,
        channels,
        channel,
        test,
        monitor,
        silence,
    ] = PATTERNS;
    app.service(resource(all).route(get().to(provider::workflows).wrap(read.clone())))
        .service(resource(incidents).route(get().to(provider::incidents).wrap(read.clone())))
        .service(
            resource(channels)
                .route(get().to(provider_channels::list).wrap(read.clone()))
                .route(web::post().to(provider_channels::add).wrap(write.clone())),
        )
        .service(
            resource(channel).route(
                web::delete()
                    .to(provider_channels::remove)
                    .wrap(write.clone()),
            ),
        )
        .service(resource(test).route(web::post().to(provider_channels::test).wrap(write.clone())))
        .service(
            resource(monitor)
                .route(get().to(provider::show_monitor).wrap(read))
                .route(web::put().to(provider::set_monitor).wrap(write.clone()))
                .route(
                    web::delete()
                        .to(provider::remove_monitor)
                        .wrap(write.clone()),
                ),
        )
        .service(resource(silence).route(web::post().to(provider::silence_monitor).wrap(write)));
}
