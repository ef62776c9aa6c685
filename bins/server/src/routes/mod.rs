//! What is served where, and which scope it needs.

mod alerts;
mod description;
mod export;
mod health;
mod idempotency;
mod identity;
mod logs;
mod pattern;
mod since;
mod tail;
mod usage;

pub(crate) use pattern::pattern;

use crate::{
    metrics::{RequestCounts, Route},
    open_tails::OpenTails,
    problem::Problem,
    readiness::Readiness,
    room::Rooms,
};
use actix_web::{
    HttpRequest, HttpResponse,
    guard::{Any, Get, Head},
    http::StatusCode,
    web,
};
use central_logger_auth::{Authenticator, KeyCache};
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{KeyAdmin, settings::ClientSettings};
use central_logger_keys::Scope;
use central_logger_log_store::{Ingestor, LogStore};
use central_logger_monitor::UsageCounter;
use central_logger_times::Clock;
use std::sync::Arc;
use tokio::sync::watch;

/// All that the routes stand on.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) keys: Arc<dyn KeyAdmin>,
    pub(crate) activity: Arc<dyn ActivityStore>,
    pub(crate) usage: Arc<UsageCounter>,
    pub(crate) logs: Arc<dyn LogStore>,
    pub(crate) ingestor: Ingestor,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) retention: watch::Receiver<Arc<ClientSettings>>,
    pub(crate) tails: OpenTails,
    pub(crate) rooms: Rooms,
    /// If metrics are served.
    pub(crate) requests: Option<Arc<RequestCounts>>,
    pub(crate) readiness: Readiness,
    /// Whether the server is stopping.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Services {
    pub(crate) fn configure(&self, app: &mut web::ServiceConfig) {
        let any_key = ApiKeyAuth::new(Arc::clone(&self.authenticator));
        let write = any_key.clone().require(Scope::LOGS_WRITE);
        let read = any_key.clone().require(Scope::LOGS_READ);
        let manage = any_key.clone().require(Scope::KEYS_MANAGE);
        let at = |path: &'static str| web::resource(path).app_data(Route(path));
        let get = || web::route().guard(Any(Get()).or(Head()));

        // Paths with a variable part come last: each request is compared with the paths in this
        // order, and only those cost a regular expression.
        app.app_data(web::Data::new(self.clone()))
            .service(
                web::scope("/api/v1/verify")
                    .app_data(Route("/api/v1/verify"))
                    .default_service(web::to(identity::verify).wrap(any_key.clone())),
            )
            .service(
                at("/api/v1/logs")
                    .route(web::post().to(logs::append).wrap(write))
                    .route(get().to(logs::page).wrap(read.clone())),
            )
            .service(at("/api/v1/whoami").route(get().to(identity::whoami).wrap(any_key)))
            .service(at("/api/v1/logs/stats").route(get().to(logs::stats).wrap(read.clone())))
            .service(at("/api/v1/logs/export").route(get().to(export::export).wrap(read.clone())))
            .service(at("/api/v1/logs/tail").route(get().to(tail::tail).wrap(read.clone())))
            .service(at("/api/v1/usage").route(get().to(usage::of_caller).wrap(manage.clone())))
            .service(at("/api/v1/alerts").route(get().to(alerts::of_caller).wrap(manage.clone())))
            .service(at("/healthz").route(get().to(health::alive)))
            .service(at("/openapi.json").route(get().to(description::document)))
            .service(at("/docs").route(get().to(description::page)))
            .service(at("/readyz").route(get().to(health::ready)))
            .service(at("/api/v1/logs/{id}").route(get().to(logs::get).wrap(read)))
            .service(
                at("/api/v1/alerts/{id}/acknowledge")
                    .route(web::post().to(alerts::acknowledge).wrap(manage)),
            )
            .default_service(web::to(not_found));
    }
}

async fn not_found(request: HttpRequest) -> HttpResponse {
    let detail = format!("There is nothing at {}", request.path());
    Problem::new(StatusCode::NOT_FOUND, detail).to_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::DOCUMENT;
    use actix_web::{App, dev::Service, http::Method, test};
    use central_logger_health::Conditions;
    use central_logger_key_activity::MemoryActivity;
    use central_logger_key_store::MemoryKeys;
    use central_logger_log_store::MemoryLogs;
    use central_logger_times::SystemClock;
    use std::{collections::BTreeSet, sync::Mutex};

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
        Services {
            authenticator: Arc::new(Authenticator::new(keys.clone())),
            keys,
            activity: Arc::new(MemoryActivity::new()),
            readiness,
            ingestor: Ingestor::new(Arc::clone(&logs)),
            logs,
            clock,
            cache,
            usage: Arc::default(),
            retention: watch::channel(Arc::default()).1,
            tails: OpenTails::default(),
            rooms: Rooms::default(),
            requests: None,
            stopping,
        }
    }

    #[actix_web::test]
    async fn each_route_is_described_and_nothing_else() {
        let services = services();
        let map = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&map);
        let app = App::new().configure(|app| services.configure(app));
        let app = test::init_service(app.wrap_fn(move |request, next| {
            *seen.lock().unwrap() = format!("{:?}", request.resource_map());
            next.call(request)
        }));
        let app = app.await;
        let paths = DOCUMENT["paths"].as_object().unwrap();
        for (path, methods) in paths {
            for method in [
                "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
            ] {
                let request = test::TestRequest::with_uri(path)
                    .method(Method::from_bytes(method.as_bytes()).unwrap());
                let answer = app.call(request.to_request()).await.unwrap();
                assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{path}");
                let is_described = methods.get(method.to_lowercase()).is_some();
                let is_taken = answer.status() != StatusCode::METHOD_NOT_ALLOWED;
                assert_eq!(is_taken, is_described, "{method} {path}");
            }
        }
        // actix-web lists its routes in no other way.
        let map = map.lock().unwrap();
        let routes = map.split("patterns: Single(\"").skip(1);
        let routes = routes.map(|rest| rest.split('"').next().unwrap());
        let routes: BTreeSet<_> = routes.filter(|route| !route.is_empty()).collect();
        assert_eq!(routes, paths.keys().map(String::as_str).collect());
    }
}
