//! Everything that is served, put together.

use crate::{middleware::each_request, openapi, routes, services::Services};
use actix_web::{
    App, Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::from_fn,
    web,
};
use central_logger_console as console;
use central_logger_http_api::Problem;

impl Services {
    /// Returns an application of all routes, with what every request goes through: a request id, a
    /// problem in the place of any other error, and counts.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use actix_web::HttpServer;
    /// use central_logger_http::Services;
    ///
    /// async fn serve(services: Services) -> std::io::Result<()> {
    ///     let server = HttpServer::new(move || services.app());
    ///     server.bind("127.0.0.1:8080")?.run().await
    /// }
    /// ```
    pub fn app(
        &self,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl MessageBody + use<>>,
            Error = Error,
            InitError = (),
        > + use<>,
    > {
        App::new()
            .configure(|app| self.configure(app))
            .wrap(from_fn(each_request))
    }

    /// Adds all routes, their description and the answer to unknown paths to an application that has
    /// routes of its own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer, web};
    /// use central_logger_http::Services;
    ///
    /// async fn serve(services: Services) -> std::io::Result<()> {
    ///     let app = move || {
    ///         App::new()
    ///             .route("/hello", web::get().to(async || "hello"))
    ///             .configure(|app| services.configure(app))
    ///     };
    ///     HttpServer::new(app).bind("127.0.0.1:8080")?.run().await
    /// }
    /// ```
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(self.clone()));
        // Each request is compared with the paths in this order: gateways ask the first for every request of theirs.
        routes::configure(self, app);
        self.of_clients().configure(app);
        self.keys.configure(app);
        self.provider.configure(app);
        self.workflows.configure(app);
        self.views().configure(app);
        self.sessions.configure(app);
        self.reveal.configure(app);
        self.leaks.configure(app);
        openapi::configure(app);
        if let Some(console) = self.console() {
            console::configure(&console, app);
        }
        self.intake().configure(app);
        app.default_service(web::to(not_found));
    }
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    let detail = format!("There is nothing at {}", request.path());
    Problem::new(StatusCode::NOT_FOUND, detail).to_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{openapi::DOCUMENT, patterns::PATTERNS, readiness::Readiness};
    use actix_web::{App, dev::Service, http::Method, test as actix_test};
    use central_logger_auth::{Authenticator, KeyCache, SessionCookies};
    use central_logger_hash_pool::HashPool;
    use central_logger_health::Conditions;
    use central_logger_http_api::{OpenTails, room::Rooms, route::OTHER};
    use central_logger_intake_mappings::Mappings;
    use central_logger_key_activity::{AlertRaising, MemoryActivity};
    use central_logger_key_routes::KeyRoutes;
    use central_logger_key_store::MemoryKeys;
    use central_logger_keys::{KeyHasher, KeyPrefix};
    use central_logger_leak_routes::LeakRoutes;
    use central_logger_log_store::{LogStore, MemoryLogs};
    use central_logger_operation_routes::OperationRoutes;
    use central_logger_operations::Stores;
    use central_logger_provider_routes::ProviderRoutes;
    use central_logger_reveal_routes::RevealRoutes;
    use central_logger_session_routes::{PublicAddress, SessionRoutes};
    use central_logger_sessions::{MemorySessions, SessionLengths};
    use central_logger_tenant_logs::Ingestor;
    use central_logger_times::SystemClock;
    use central_logger_workflow_routes::WorkflowRoutes;
    use central_logger_workflows::MemoryWorkflows;
    use std::{
        collections::BTreeSet,
        sync::{Arc, Mutex},
    };
    use tokio::sync::watch;

    fn services() -> Services {
        let keys = Arc::new(MemoryKeys::new());
        let logs: Arc<dyn LogStore> = Arc::new(MemoryLogs::new());
        let (cache, clock) = (Arc::new(KeyCache::new(1)), Arc::new(SystemClock));
        let stopping = watch::channel(false).1;
        let readiness = Readiness {
            keys: keys.clone(),
            logs: Arc::clone(&logs),
            cache: Arc::clone(&cache),
            clock: clock.clone(),
            conditions: Conditions::default(),
            stopping: stopping.clone(),
        };
        let authenticator = Arc::new(Authenticator::new(keys.clone()));
        let hashes = HashPool::new(KeyHasher::new());
        let sessions = SessionRoutes {
            sessions: Arc::new(MemorySessions::new()),
            keys: keys.clone(),
            hashes: hashes.clone(),
            clock: clock.clone(),
            authenticator: Arc::clone(&authenticator),
            cookies: SessionCookies::on_loopback(),
            lengths: SessionLengths::default(),
            address: PublicAddress::AnyHost("http"),
            has_console: true,
            mail: None,
        };
        let shared = OperationRoutes {
            authenticator: authenticator.clone(),
            stores: Stores {
                keys,
                activity: Arc::new(MemoryActivity::new()),
                logs: Arc::new(MemoryLogs::new()),
                sessions: sessions.sessions.clone(),
            },
            hashes,
            clock: clock.clone(),
            cookies: sessions.cookies.clone(),
            env_file: ".env".into(),
            deliver_folder: None,
        };
        Services {
            keys: KeyRoutes {
                shared: shared.clone(),
                prefix: KeyPrefix::default(),
            },
            reveal: RevealRoutes {
                shared: shared.clone(),
                prefix: KeyPrefix::default(),
                address: sessions.address.clone(),
                alerts: AlertRaising::Listed,
                has_pages: true,
            },
            leaks: LeakRoutes::new(shared.clone(), AlertRaising::Listed, None),
            provider: ProviderRoutes {
                shared: shared.clone(),
            },
            workflows: WorkflowRoutes {
                shared,
                store: Arc::new(MemoryWorkflows::new()),
                senders: Default::default(),
                address: sessions.address.clone(),
            },
            authenticator,
            sessions,
            limits: None,
            readiness,
            ingestor: Ingestor::new(Arc::clone(&logs)),
            logs,
            clock: clock.clone(),
            cache,
            usage: Arc::default(),
            retention: watch::channel(Arc::default()).1,
            tails: OpenTails::default(),
            blocks: central_logger_block_store::LastTotals::default(),
            rooms: Rooms::default(),
            intake_record: Arc::default(),
            intake_settings: Default::default(),
            mappings: Mappings::new(Arc::new(MemoryWorkflows::new()), clock),
            requests: None,
            security_contact: "mailto:security@example.com".parse().ok(),
            stopping,
        }
    }

    #[actix_web::test]
    async fn each_route_is_described_and_nothing_else() {
        let services = services();
        let map = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&map);
        let app = App::new().configure(|app| services.configure(app));
        let app = actix_test::init_service(app.wrap_fn(move |request, next| {
            *seen.lock().unwrap() = format!("{:?}", request.resource_map());
            next.call(request)
        }));
        let app = app.await;
        let paths = DOCUMENT["paths"].as_object().unwrap();
        for (path, methods) in paths {
            for method in [
                "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
            ] {
                // There is nothing at `/` without a key.
                let request = actix_test::TestRequest::with_uri(path)
                    .insert_header(("X-API-Key", "unknown"))
                    .method(Method::from_bytes(method.as_bytes()).unwrap());
                let answer = app.call(request.to_request()).await.unwrap();
                let is_served = answer.request().match_pattern().is_some();
                let is_found = answer.status() != StatusCode::NOT_FOUND;
                assert!(is_served || is_found, "{path}");
                let is_described = methods.get(method.to_lowercase()).is_some();
                let is_taken = answer.status() != StatusCode::METHOD_NOT_ALLOWED;
                assert_eq!(is_taken, is_described, "{method} {path}");
            }
        }
        // actix-web lists its routes in no other way.
        let map = map.lock().unwrap();
        let routes = map.split("patterns: Single(\"").skip(1);
        let routes = routes.map(|rest| rest.split('"').next().unwrap());
        // Pages are no part of the API.
        let is_of_api = |route: &&str| !route.is_empty() && !route.starts_with("/console");
        let routes: BTreeSet<_> = routes.filter(is_of_api).collect();
        assert_eq!(routes, paths.keys().map(String::as_str).collect());
    }

    #[test]
    fn every_path_has_its_pattern_and_shows_nothing_of_what_was_written_into_it() {
        for (path, _) in DOCUMENT["paths"].as_object().unwrap() {
            let variables =
                "{id} {path} {index} {name} {token} {workflow} {session} {mapping}".split(' ');
            let written = variables.fold(path.clone(), |path, variable| {
                path.replace(variable, "a_key")
            });
            assert_eq!(PATTERNS.of(&written), path.replace("/{path}", ""), "{path}");
        }
        for (path, expected) in [
            ("/api/v1/verify/a_key/b", "/api/v1/verify"),
            ("/api/v1/verifya_key", OTHER),
            ("/api/v1/logs/a_key/b", OTHER),
            ("/api/v1/logs/", OTHER),
            ("/a_key", OTHER),
            ("", OTHER),
        ] {
            assert_eq!(PATTERNS.of(path), expected, "{path}");
        }
    }
}
