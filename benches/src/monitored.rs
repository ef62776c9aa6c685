//! A service that verifies keys and stores entries, of which the use of keys is counted and watched or
//! not. All else is the same.

use crate::{Failure, server::announce};
use actix_web::{
    App, HttpMessage, HttpRequest, HttpResponse, HttpServer,
    dev::Service,
    error::ErrorInternalServerError,
    rt,
    web::{self, Bytes},
};
use central_logger_auth::{Authenticator, Follower, KeyCache, Principal};
use central_logger_auth_actix::{ApiKeyAuth, Caller};
use central_logger_database::Database;
use central_logger_key_service::KeyService;
use central_logger_key_store::LeaseHolder;
use central_logger_log_store::Submission;
use central_logger_monitor::UsageCounter;
use central_logger_tenant_logs::{Ingestor, TenantLogs};
use central_logger_times::{Clock, SystemClock};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What verifies keys, and who counts, if anybody does.
struct Verification {
    authenticator: Arc<Authenticator>,
    usage: Option<Arc<UsageCounter>>,
    /// Ends what runs beside the requests when it is dropped.
    _service: Option<KeyService>,
}

#[derive(Clone)]
struct Storing {
    ingestor: Ingestor,
    usage: Option<Arc<UsageCounter>>,
}

pub(crate) async fn serve(database: &dyn Database, is_watched: bool) -> Result<(), Failure> {
    database.migrate().await?;
    let verification = match is_watched {
        true => watched(database).await?,
        false => unwatched(database).await?,
    };
    let auth = ApiKeyAuth::new(Arc::clone(&verification.authenticator));
    let storing = Storing {
        ingestor: Ingestor::new(database.logs()),
        usage: verification.usage.clone(),
    };
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(storing.clone()))
            .service(
                web::resource("/")
                    .route(web::get().to(HttpResponse::Ok))
                    .route(web::post().to(store))
                    .wrap(auth.clone()),
            )
            .wrap_fn(move |request, next| {
                let began = Instant::now();
                let answering = next.call(request);
                async move {
                    let response = answering.await?;
                    count(response.request(), began.elapsed());
                    Ok(response)
                }
            })
    });
    let server = server.bind("127.0.0.1:0")?;
    announce(server.addrs()[0]);
    server.run().await?;
    Ok(())
}

fn count(request: &HttpRequest, latency: Duration) {
    let storing = request.app_data::<web::Data<Storing>>();
    let usage = storing.and_then(|storing| storing.usage.as_ref());
    if let (Some(usage), Some(caller)) = (usage, request.extensions().get::<Principal>()) {
        usage.count_answer(caller, SystemClock.now(), latency);
    }
}

async fn watched(database: &dyn Database) -> Result<Verification, Failure> {
    let service = KeyService::of(database).start("bench").await?;
    Ok(Verification {
        authenticator: service.authenticator(),
        usage: Some(service.usage()),
        _service: Some(service),
    })
}

/// What a `KeyService` has but for monitoring.
async fn unwatched(database: &dyn Database) -> Result<Verification, Failure> {
    let cache = Arc::new(KeyCache::new(KeyCache::DEFAULT_CAPACITY));
    let holder = LeaseHolder::new("bench")?;
    let mut follower = Follower::new(database.feed(), Arc::clone(&cache), holder);
    follower.renew().await?;
    rt::spawn(async move { follower.run().await });
    let authenticator = Authenticator::new(database.keys()).with_cache(cache);
    Ok(Verification {
        authenticator: Arc::new(authenticator),
        usage: None,
        _service: None,
    })
}

async fn store(
    caller: Caller,
    storing: web::Data<Storing>,
    body: Bytes,
) -> actix_web::Result<HttpResponse> {
    let received_at = SystemClock.now();
    let submission = Submission::parse(&body, caller.client_id(), received_at);
    let submission = submission.map_err(ErrorInternalServerError)?;
    let logs = TenantLogs::new(&storing.ingestor, caller.client_id().clone());
    let usage = storing.usage.clone();
    let storing = async move {
        let kept = logs.append(received_at, submission, None).await?;
        if let Some(usage) = usage {
            let (entries, bytes) = (kept.ids.len() as u64, body.len() as u64);
            usage.count_stored(&caller, received_at, entries, bytes);
        }
        Ok::<_, central_logger_tenant_logs::AppendError>(())
    };
    let stored = rt::spawn(storing).await.map_err(ErrorInternalServerError)?;
    stored.map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Created().finish())
}
