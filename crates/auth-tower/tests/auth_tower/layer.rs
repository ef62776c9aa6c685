//! The layer around services of any kind.

use central_logger_auth::{Authenticator, Principal, scopes::Anonymous};
use central_logger_auth_tower::{ApiKeyLayer, GuardedBody};
use central_logger_static_keys::{ApiKeys, StaticKeys};
use central_logger_times::{Clock, SystemClock};
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::{
    cell::Cell,
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tonic::{body::Body, server::NamedService, service::Routes, transport::Server};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

fn auth() -> ApiKeyLayer {
    let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#).unwrap();
    let keys = StaticKeys::new(&keys, SystemClock.now());
    ApiKeyLayer::new(Arc::new(Authenticator::new(Arc::new(keys))))
}

fn request<B>(key: &str, body: B) -> Request<B> {
    let request = Request::get("/echo.Echo/Say").header("X-API-Key", key);
    request.body(body).unwrap()
}

async fn greet<B>(request: Request<B>) -> Result<Response<String>, Infallible> {
    let found = request.extensions();
    let name = match (found.get::<Principal>(), found.get::<Anonymous>()) {
        (Some(principal), None) => principal.client_id().to_string(),
        (None, Some(_)) => "whoever you are".to_owned(),
        other => panic!("{other:?}"),
    };
    Ok(Response::new(format!("Hello {name}")))
}

async fn text(response: Response<GuardedBody<String>>) -> String {
    let body = response.into_body().collect().await.unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_bare_service_finds_the_principal() {
    let service = auth().optional().layer(service_fn(greet));
    let known = service.clone().oneshot(request("xyz789_real_key", ()));
    assert_eq!(text(known.await.unwrap()).await, "Hello acme_corp");
    let unknown = service.clone().oneshot(request("unknown", ()));
    assert_eq!(unknown.await.unwrap().status(), 401);
    let anonymous = service.oneshot(request("", ()));
    assert_eq!(
        text(anonymous.await.unwrap()).await,
        "Hello whoever you are"
    );
}

#[tokio::test]
async fn outer_layers_get_refusals_as_responses() {
    let service = ServiceBuilder::new()
        .map_response(|mut response: Response<GuardedBody<String>>| {
            let all = "*".parse().unwrap();
            response
                .headers_mut()
                .insert("access-control-allow-origin", all);
            response
        })
        .layer(auth())
        .service_fn(greet);
    let answer = service.oneshot(request("unknown", ())).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
}

/// A service that must be found ready before each call, as those behind a limit must.
struct OnceReady {
    is_ready: bool,
}

/// A clone has no place of its own yet.
impl Clone for OnceReady {
    fn clone(&self) -> Self {
        Self { is_ready: false }
    }
}

impl<B> Service<Request<B>> for OnceReady {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called unready");
        ready(Ok(Response::new(String::new())))
    }
}

#[tokio::test]
async fn the_service_that_was_found_ready_is_called() {
    let mut service = auth().layer(OnceReady { is_ready: false });
    for _ in 0..3 {
        let service = ServiceExt::<Request<()>>::ready(&mut service)
            .await
            .unwrap();
        let answer = service.call(request("xyz789_real_key", ())).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn a_body_need_not_be_sync() {
    let service = auth().layer(service_fn(greet));
    let unsync = Cell::new(());
    // Spawning asks for a future that is `Send`.
    let answer = tokio::spawn(service.oneshot(request("xyz789_real_key", unsync)));
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn hyper_serves_it_without_a_framework() {
    let service = auth().layer(service_fn(greet));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    for (key, says) in [
        ("xyz789_real_key", "\r\n\r\nHello acme_corp"),
        ("unknown", r#""detail":"Invalid API key""#),
    ] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request =
            format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: {key}\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(says), "{answer}");
    }
}

/// A gRPC service, as far as a layer sees one.
#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "echo.Echo";
}

impl Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let principal = request.extensions().get::<Principal>();
        assert_eq!(principal.unwrap().client_id().as_str(), "acme_corp");
        let response = Response::builder().header(CONTENT_TYPE, "application/grpc");
        ready(Ok(response.body(Body::empty()).unwrap()))
    }
}

#[tokio::test]
async fn tonic_serves_behind_it() {
    // This need only compile: the server of tonic takes the layer.
    let _server = Server::builder()
        .layer(auth())
        .add_routes(Routes::new(Echo));

    let service = auth().layer(Routes::new(Echo).prepare());
    for (key, status, media_type) in [
        ("xyz789_real_key", StatusCode::OK, "application/grpc"),
        // To gRPC clients the status 401 is UNAUTHENTICATED.
        (
            "unknown",
            StatusCode::UNAUTHORIZED,
            "application/problem+json",
        ),
    ] {
        let answer = service.clone().oneshot(request(key, Body::empty())).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()[CONTENT_TYPE], media_type);
    }
}
