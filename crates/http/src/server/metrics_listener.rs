//! `/metrics`, at an address of its own.

use crate::middleware::each_request;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    guard::{Any, Get, Head},
    http::header::{self, VARY},
    middleware::{DefaultHeaders, from_fn},
    web,
};
use central_logger_http_api::Problem;
use central_logger_http_metrics::ExpositionFormat;
use central_logger_key_service::Tasks;
use prometheus_client::{encoding::text::encode, registry::Registry};
use std::{io, net::TcpListener};

/// Serves them as one of the `tasks`.
pub(super) fn serve(
    listener: TcpListener,
    registry: Registry,
    tasks: &mut Tasks,
) -> io::Result<()> {
    let registry = web::Data::new(registry);
    let address = listener.local_addr()?;
    tasks.run("serving metrics", move || {
        let server = server(listener.try_clone(), registry.clone());
        async {
            let served = async { server?.await };
            if let Err(error) = served.await {
                tracing::error!(%error, "metrics are not served any more");
            }
        }
    });
    tracing::info!(%address, "serving metrics");
    Ok(())
}

fn server(listener: io::Result<TcpListener>, registry: web::Data<Registry>) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(registry.clone())
            .route(
                "/metrics",
                web::route().guard(Any(Get()).or(Head())).to(metrics),
            )
            .wrap(
                DefaultHeaders::new()
                    .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                    .add((header::CACHE_CONTROL, "no-store")),
            )
            .wrap(from_fn(each_request))
    });
    let server = server.workers(1).disable_signals().listen(listener?)?;
    Ok(server.run())
}

async fn metrics(
    request: HttpRequest,
    registry: web::Data<Registry>,
) -> Result<HttpResponse, Problem> {
    let mut text = String::new();
    let encoded = encode(&mut text, &registry);
    encoded.map_err(|error| Problem::failed(&error, "writing metrics"))?;
    let format = ExpositionFormat::accepted_by(&request);
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((VARY, "Accept"))
        .body(format.write(text)))
}
