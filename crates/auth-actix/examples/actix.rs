//! An actix-web service behind API keys: a route for everybody, one for keys that may read and one
//! for keys that may write.
//!
//! `cargo run -p central-logger-auth-actix --example actix`, then
//!
//! ```sh
//! curl http://127.0.0.1:8080/
//! curl http://127.0.0.1:8080/ -H 'X-API-Key: xyz789_real_key'
//! curl http://127.0.0.1:8080/notes -H 'X-API-Key: xyz789_real_key'
//! curl http://127.0.0.1:8080/notes -H 'X-API-Key: xyz789_real_key' -d 'Buy milk'
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

use actix_web::{
    App, HttpServer,
    web::{self, Data, ServiceConfig},
};
use central_logger_auth::{Authenticator, scopes::RequiredScope};
use central_logger_auth_actix::{ApiKeyAuth, Caller};
use central_logger_keys::{ClientId, Scope, Scopes};
use central_logger_static_keys::{ApiKeys, ApiKeysError, StaticKeys};
use central_logger_times::{Clock, SystemClock};
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

const NOTES_READ: Scope = Scope::from_static("notes:read");
const NOTES_WRITE: Scope = Scope::from_static("notes:write");

/// A key that may write.
struct NotesWrite;

impl RequiredScope for NotesWrite {
    const SCOPE: Option<Scope> = Some(NOTES_WRITE);
}

/// Each client's own.
#[derive(Default)]
struct Notes(Mutex<HashMap<ClientId, Vec<String>>>);

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
async fn read(caller: Caller, notes: Data<Notes>) -> String {
    notes.of(caller.client_id(), |notes| notes.join("\n"))
}

/// Its signature says which scope it needs.
async fn write(caller: Caller<NotesWrite>, notes: Data<Notes>, note: String) -> &'static str {
    notes.of(caller.client_id(), |notes| notes.push(note));
    ""
}

fn routes(auth: ApiKeyAuth, notes: Data<Notes>) -> impl FnOnce(&mut ServiceConfig) {
    let hello = web::get().to(hello).wrap(auth.clone().optional());
    let read = web::get().to(read).wrap(auth.clone().require(NOTES_READ));
    let write = web::post().to(write).wrap(auth);
    |app| {
        app.app_data(notes)
            .route("/", hello)
            .service(web::resource("/notes").route(read).route(write));
    }
}

fn auth() -> Result<ApiKeyAuth, ApiKeysError> {
    let keys = r#"{"xyz789_real_key": "acme_corp", "def456_another": "widget_co"}"#;
    let scopes = Scopes::from(vec![NOTES_READ, NOTES_WRITE]);
    let keys = StaticKeys::with_scopes(&ApiKeys::parse(keys)?, scopes, SystemClock.now());
    let authenticator = Authenticator::new(Arc::new(keys));
    Ok(ApiKeyAuth::new(Arc::new(authenticator)))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (auth, notes) = (auth()?, Data::new(Notes::default()));
    let app = move || App::new().configure(routes(auth.clone(), notes.clone()));
    Ok(HttpServer::new(app).bind("127.0.0.1:8080")?.run().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{
        body::to_bytes,
        test::{TestRequest, call_service, init_service},
    };

    #[actix_web::test]
    async fn everybody_is_greeted_and_each_client_has_its_own_notes() {
        let app = App::new().configure(routes(auth().unwrap(), Data::default()));
        let app = init_service(app).await;
        let send = async |request: TestRequest| {
            let answer = call_service(&app, request.to_request()).await;
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body()).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let get = |path: &str| TestRequest::get().uri(path);
        let post = |note: &str| {
            TestRequest::post()
                .uri("/notes")
                .set_payload(note.to_owned())
        };
        let acme = ("X-API-Key", "xyz789_real_key");

        assert_eq!(send(get("/")).await.1, "Hello, whoever you are");
        let greeting = send(get("/").insert_header(acme)).await;
        assert_eq!(greeting.1, "Hello acme_corp");
        let bad = get("/").insert_header(("X-API-Key", "wrong_key_12345"));
        assert_eq!(send(bad).await.0, 401);

        assert_eq!(send(post("Spam")).await.0, 401);
        assert_eq!(send(post("Buy milk").insert_header(acme)).await.0, 200);
        assert_eq!(send(get("/notes")).await.0, 401);
        let read = send(get("/notes").insert_header(acme)).await;
        assert_eq!(read, (200, "Buy milk".to_owned()));
        let widget = ("X-API-Key", "def456_another");
        let read = send(get("/notes").insert_header(widget)).await;
        assert_eq!(read, (200, String::new()));
    }
}
