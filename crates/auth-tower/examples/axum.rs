//! An axum service behind API keys.
//!
//! `cargo run -p central-logger-auth-tower --example axum`, then
//! `curl http://127.0.0.1:8080/hello -H 'X-API-Key: xyz789_real_key'`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

use axum::{Extension, Router, extract::ConnectInfo, routing::get};
use central_logger_auth::{Authenticator, Principal};
use central_logger_auth_tower::ApiKeyLayer;
use central_logger_key_store::{ApiKeys, ApiKeysError, Clock, Scope, StaticKeys, SystemClock};
use std::{error::Error, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

async fn hello(Extension(caller): Extension<Principal>) -> String {
    format!("Hello {}", caller.client_id())
}

fn app() -> Result<Router, ApiKeysError> {
    let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
    let keys = StaticKeys::new(&keys, SystemClock.now());
    let auth = ApiKeyLayer::new(Arc::new(Authenticator::new(Arc::new(keys))))
        .address_from(|extensions| Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()));
    Ok(Router::new().route("/hello", get(hello).layer(auth.require(Scope::LogsRead))))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    let app = app()?.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use http::Request;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_good_key_is_greeted_and_no_key_is_not() {
        let with_key = Request::get("/hello").header("X-API-Key", "xyz789_real_key");
        let answer = app()
            .unwrap()
            .oneshot(with_key.body(Body::empty()).unwrap())
            .await;
        let body = to_bytes(answer.unwrap().into_body(), 100).await.unwrap();
        assert_eq!(body, "Hello acme_corp");
        let without = Request::get("/hello").body(Body::empty()).unwrap();
        assert_eq!(app().unwrap().oneshot(without).await.unwrap().status(), 401);
    }
}
