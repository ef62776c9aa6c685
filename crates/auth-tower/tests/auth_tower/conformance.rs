//! The layer and the extractor do in axum what those of the other adapters do.

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::header::{CACHE_CONTROL, VARY},
    response::IntoResponse,
    routing::get,
};
use central_logger_auth::{
    Gate,
    conformance::{self, Adapter, Handler, NotesWrite, Received, Sent},
};
use central_logger_auth_tower::{ApiKeyLayer, Caller};
use std::net::IpAddr;
use tower::ServiceExt;

struct Axum;

async fn caller(caller: Caller) -> String {
    caller.client_id().to_string()
}

async fn writer(caller: Caller<NotesWrite>) -> String {
    caller.client_id().to_string()
}

async fn visitor(caller: Option<Caller>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| {
        caller.client_id().to_string()
    })
}

async fn cacheable(caller: Caller) -> impl IntoResponse {
    let headers = [(CACHE_CONTROL, "public, max-age=60"), (VARY, "Accept")];
    (headers, caller.client_id().to_string())
}

#[async_trait(?Send)]
impl Adapter for Axum {
    async fn send(&self, gate: Option<Gate>, handler: Handler, request: Sent) -> Received {
        let route = match handler {
            Handler::Caller => get(caller),
            Handler::Writer => get(writer),
            Handler::Visitor => get(visitor),
            Handler::Cacheable => get(cacheable),
        };
        let mut app = Router::new()
            .route("/", route.clone())
            .route("/{path}", route);
        if let Some(gate) = gate {
            let layer = ApiKeyLayer::new(gate);
            app = app.route_layer(layer.address_from(|found| found.get::<IpAddr>().copied()));
        }
        let mut sent = Request::get(request.uri);
        for (name, value) in request.headers {
            sent = sent.header(name, value);
        }
        if let Some(peer) = request.peer {
            sent = sent.extension(peer);
        }
        let answer = app
            .oneshot(sent.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let (head, body) = answer.into_parts();
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        Received {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: text(&to_bytes(body, usize::MAX).await.unwrap()),
        }
    }
}

#[tokio::test]
async fn it_does_what_every_adapter_does() {
    conformance::run(&Axum).await;
}
