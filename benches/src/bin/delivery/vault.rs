//! A stub of Vault's key-value store that answers at once and remembers what was written.

use actix_web::{App, HttpResponse, HttpServer, web};
use central_logger_benches::{Connection, Failure, Load};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A stub that serves until the process ends.
pub(crate) struct Vault {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    state: web::Data<State>,
}

#[derive(Default)]
struct State {
    secrets: Mutex<HashMap<String, Secret>>,
    calls: AtomicU64,
    written: AtomicUsize,
}

#[derive(Default)]
struct Secret {
    version: u64,
    fields: Value,
}

/// The field with the key.
const KEY: &str = "LOGGER_API_KEY";

impl Vault {
    pub(crate) fn start() -> Result<Self, Failure> {
        let state = web::Data::new(State::default());
        let of_app = state.clone();
        let server = HttpServer::new(move || {
            let data = web::resource("/v1/secret/data/{path:.*}")
                .route(web::get().to(read))
                .route(web::post().to(write));
            let metadata = web::resource("/v1/secret/metadata/{path:.*}");
            App::new()
                .app_data(of_app.clone())
                .service(data)
                .service(metadata.route(web::post().to(describe)))
        });
        let server = server.disable_signals().bind("127.0.0.1:0")?;
        let address = server.addrs()[0];
        actix_web::rt::spawn(server.run());
        Ok(Self { address, state })
    }

    /// Makes it hold a key, as if it had been written before.
    pub(crate) fn hold(&self, path: &str, key: &str) {
        let secret = Secret {
            version: 1,
            fields: json!({KEY: key}),
        };
        self.state.secrets().insert(path.to_owned(), secret);
    }

    /// The key that programs read now.
    pub(crate) fn held(&self, path: &str) -> Option<String> {
        let secrets = self.state.secrets();
        let key = secrets.get(path)?.fields[KEY].as_str()?;
        Some(key.to_owned())
    }

    /// How many keys were written.
    pub(crate) fn written(&self) -> usize {
        self.state.written.load(Ordering::Relaxed)
    }

    /// How many calls were answered.
    pub(crate) fn calls(&self) -> u64 {
        self.state.calls.load(Ordering::Relaxed)
    }

    /// How many calls it answers a second: reads of a secret that is not there.
    pub(crate) async fn answers_per_second(&self) -> Result<f64, Failure> {
        let request = Connection::request("/v1/secret/data/nothing", "");
        let load = Load {
            address: self.address,
            connections: 16,
            requests: vec![request].into(),
            rate: 0,
        };
        let outcome = load.run_for(Duration::from_secs(2)).await?;
        Ok(outcome.all(404)?.rate())
    }
}

impl State {
    fn secrets(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

async fn read(state: web::Data<State>, path: web::Path<String>) -> HttpResponse {
    state.count();
    let secrets = state.secrets();
    match secrets.get(path.as_str()) {
        Some(secret) => {
            let metadata = json!({"version": secret.version, "custom_metadata": null});
            let body = json!({"data": {"data": secret.fields, "metadata": metadata}});
            HttpResponse::Ok().json(body)
        }
        None => HttpResponse::NotFound().json(json!({"errors": []})),
    }
}

async fn write(state: web::Data<State>, path: web::Path<String>, body: web::Bytes) -> HttpResponse {
    state.count();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut secrets = state.secrets();
    let secret = secrets.entry(path.into_inner()).or_default();
    if body["options"]["cas"] != secret.version {
        let error = "check-and-set parameter did not match the current version";
        return HttpResponse::BadRequest().json(json!({"errors": [error]}));
    }
    secret.version += 1;
    secret.fields = body["data"].clone();
    state.written.fetch_add(1, Ordering::Relaxed);
    HttpResponse::Ok().json(json!({"data": {"version": secret.version}}))
}

async fn describe(state: web::Data<State>) -> HttpResponse {
    state.count();
    HttpResponse::NoContent().finish()
}
