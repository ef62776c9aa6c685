//! A service with scopes of its own, which has nothing else to do with this project.

use actix_web::{
    App,
    http::StatusCode,
    test::{TestRequest, call_service, init_service},
    web,
};
use central_logger_auth::{Authenticator, scopes::RequiredScope};
use central_logger_auth_actix::{ApiKeyAuth, Caller};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, MemoryKeys, NewKey};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyPrefix, Scope};
use central_logger_times::SystemClock;
use std::sync::Arc;

const ORDERS_READ: Scope = Scope::from_static("orders:read");

struct OrdersWrite;

impl RequiredScope for OrdersWrite {
    const SCOPE: Option<Scope> = Some(Scope::from_static("orders:write"));
}

async fn read(caller: Caller) -> String {
    format!("orders of {}", caller.client_id())
}

async fn write(caller: Caller<OrdersWrite>) -> String {
    format!("ordered by {}", caller.client_id())
}

#[actix_web::test]
async fn a_service_guards_scopes_of_its_own() {
    let store = Arc::new(MemoryKeys::new());
    let hashes = HashPool::new(KeyHasher::new());
    let clock = Arc::new(SystemClock);
    let keyring = Keyring::new(store.clone(), hashes, clock, Actor::new("shop"));
    let issue = async |scopes: &str| {
        let new = NewKey {
            scopes: scopes.parse().unwrap(),
            ..NewKey::for_client("acme".parse().unwrap())
        };
        keyring
            .issue(&KeyPrefix::default(), new)
            .await
            .unwrap()
            .api_key
    };
    let auth = ApiKeyAuth::new(Arc::new(Authenticator::new(store)));
    let read = web::get().to(read).wrap(auth.clone().require(ORDERS_READ));
    let write = web::post().to(write).wrap(auth);
    let app = App::new().service(web::resource("/orders").route(read).route(write));
    let app = init_service(app).await;
    for (scopes, may_read, may_write) in [
        ("orders:read", true, false),
        ("orders:write", false, true),
        ("orders:read orders:write", true, true),
        ("stock:read", false, false),
        ("", false, false),
    ] {
        let key = issue(scopes).await;
        for (request, may) in [
            (TestRequest::get(), may_read),
            (TestRequest::post(), may_write),
        ] {
            let request = request.uri("/orders");
            let request = request.insert_header(("X-API-Key", key.expose_secret()));
            let answer = call_service(&app, request.to_request()).await;
            let expected = match may {
                true => StatusCode::OK,
                false => StatusCode::FORBIDDEN,
            };
            assert_eq!(answer.status(), expected, "{scopes}");
        }
    }
}
