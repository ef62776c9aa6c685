//! An actix-web service behind API keys.
//!
//! `cargo run -p central-logger-auth-actix --example actix`, then
//! `curl http://127.0.0.1:8080/hello -H 'X-API-Key: xyz789_real_key'`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

use actix_web::{App, HttpServer, web};
use central_logger_auth::Authenticator;
use central_logger_auth_actix::{ApiKeyAuth, Caller};
use central_logger_key_store::{ApiKeys, ApiKeysError, Clock, Scope, StaticKeys, SystemClock};
use std::{error::Error, sync::Arc};

async fn hello(caller: Caller) -> String {
    format!("Hello {}", caller.client_id())
}

fn routes(auth: ApiKeyAuth) -> impl FnOnce(&mut web::ServiceConfig) {
    let hello = web::get().to(hello).wrap(auth.require(Scope::LogsRead));
    |app| {
        app.service(web::resource("/hello").route(hello));
    }
}

fn auth() -> Result<ApiKeyAuth, ApiKeysError> {
    let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
    let keys = StaticKeys::new(&keys, SystemClock.now());
    Ok(ApiKeyAuth::new(Arc::new(Authenticator::new(Arc::new(
        keys,
    )))))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = auth()?;
    let server = HttpServer::new(move || App::new().configure(routes(auth.clone())));
    Ok(server.bind("127.0.0.1:8080")?.run().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service};

    #[actix_web::test]
    async fn a_good_key_is_greeted_and_no_key_is_not() {
        let app = init_service(App::new().configure(routes(auth().unwrap()))).await;
        let with_key = TestRequest::get()
            .uri("/hello")
            .insert_header(("X-API-Key", "xyz789_real_key"));
        let body = call_and_read_body(&app, with_key.to_request()).await;
        assert_eq!(body, "Hello acme_corp");
        let without = TestRequest::get().uri("/hello").to_request();
        assert_eq!(call_service(&app, without).await.status(), 401);
    }
}
