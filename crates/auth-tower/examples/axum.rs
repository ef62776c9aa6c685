//! An axum service behind API keys: a route for everybody, one for keys that may read and one for
//! keys that may write.
//!
//! `cargo run -p central-logger-auth-tower --features axum --example axum`, then
//!
//! ```sh
//! curl http://127.0.0.1:8080/
//! curl http://127.0.0.1:8080/ -H 'X-API-Key: xyz789_real_key'
//! curl http://127.0.0.1:8080/notes -H 'X-API-Key: xyz789_real_key'
//! curl http://127.0.0.1:8080/notes -H 'X-API-Key: xyz789_real_key' -d 'Buy milk'
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

use axum::{
    Router,
    extract::{ConnectInfo, State},
    routing::{get, post},
};
use central_logger_auth::{Authenticator, scopes::RequiredScope};
use central_logger_auth_tower::{ApiKeyLayer, Caller};
use central_logger_keys::{ClientId, Scope, Scopes};
use central_logger_static_keys::{ApiKeys, ApiKeysError, StaticKeys};
use central_logger_times::{Clock, SystemClock};
use std::{
    collections::HashMap,
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpListener;

const NOTES_READ: Scope = Scope::from_static("notes:read");
const NOTES_WRITE: Scope = Scope::from_static("notes:write");

/// A key that may write.
struct NotesWrite;

impl RequiredScope for NotesWrite {
    const SCOPE: Option<Scope> = Some(NOTES_WRITE);
}

/// Each client's own.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<HashMap<ClientId, Vec<String>>>>);

impl Notes {
    fn of<T>(&self, client: &ClientId, work: impl FnOnce(&mut Vec<String>) -> T) -> T {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(notes.entry(client.clone()).or_default())
    }
}

/// A key is not needed here, but must be good if there is one.
async fn hello(caller: Option<Caller>) -> String {
    match caller {
        Some(caller) => format!("Hello {}", caller.client_id()),
        None => "Hello, whoever you are".to_owned(),
    }
}

/// Its route says which scope it needs.
async fn read(caller: Caller, State(notes): State<Notes>) -> String {
    notes.of(caller.client_id(), |notes| notes.join("\n"))
}

/// Its signature says which scope it needs.
async fn write(caller: Caller<NotesWrite>, State(notes): State<Notes>, note: String) {
    notes.of(caller.client_id(), |notes| notes.push(note));
}

fn app(auth: &ApiKeyLayer) -> Router {
    let notes = Router::new()
        .route("/notes", post(write))
        .route_layer(auth.clone());
    Router::new()
        .route("/", get(hello).layer(auth.clone().optional()))
        .route("/notes", get(read).layer(auth.clone().require(NOTES_READ)))
        .merge(notes)
        .with_state(Notes::default())
}

fn auth() -> Result<ApiKeyLayer, ApiKeysError> {
    let keys = r#"{"xyz789_real_key": "acme_corp", "def456_another": "widget_co"}"#;
    let scopes = Scopes::from(vec![NOTES_READ, NOTES_WRITE]);
    let keys = StaticKeys::with_scopes(&ApiKeys::parse(keys)?, scopes, SystemClock.now());
    let auth = ApiKeyLayer::new(Arc::new(Authenticator::new(Arc::new(keys))));
    Ok(auth.address_from(|found| Some(found.get::<ConnectInfo<SocketAddr>>()?.0.ip())))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    let app = app(&auth()?).into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use http::{Request, request::Builder};
    use tower::ServiceExt;

    async fn send(app: &Router, request: Builder, body: &'static str) -> (u16, String) {
        let request = request.body(Body::from(body)).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn everybody_is_greeted_and_each_client_has_its_own_notes() {
        let app = app(&auth().unwrap());
        let acme = |request: Builder| request.header("X-API-Key", "xyz789_real_key");
        let widget = |request: Builder| request.header("X-API-Key", "def456_another");
        let get = Request::get;

        let (_, greeting) = send(&app, get("/"), "").await;
        assert_eq!(greeting, "Hello, whoever you are");
        let (_, greeting) = send(&app, acme(get("/")), "").await;
        assert_eq!(greeting, "Hello acme_corp");
        let bad = get("/").header("X-API-Key", "wrong_key_12345");
        assert_eq!(send(&app, bad, "").await.0, 401);

        assert_eq!(send(&app, Request::post("/notes"), "Spam").await.0, 401);
        let sent = send(&app, acme(Request::post("/notes")), "Buy milk").await;
        assert_eq!(sent.0, 200);
        assert_eq!(send(&app, get("/notes"), "").await.0, 401);
        let read = send(&app, acme(get("/notes")), "").await;
        assert_eq!(read, (200, "Buy milk".to_owned()));
        let read = send(&app, widget(get("/notes")), "").await;
        assert_eq!(read, (200, String::new()));
    }
}
