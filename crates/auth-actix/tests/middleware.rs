//! The middleware as clients see it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use actix_web::{App, HttpResponse, body::to_bytes, dev::ServiceResponse, http::header, test, web};
use central_logger_auth::Authenticator;
use central_logger_auth_actix::{ApiKeyAuth, Caller};
use central_logger_key_store::{
    Actor, HashPool, KeySelection, Keyring, MemoryKeys, NewKey, Scope, Scopes, SystemClock,
};
use central_logger_keys::{KeyHasher, KeyPrefix};
use serde_json::{Value, json};
use std::sync::Arc;

struct Service {
    auth: ApiKeyAuth,
    keyring: Keyring,
}

impl Service {
    fn new() -> Self {
        let store = Arc::new(MemoryKeys::new());
        let hashes = HashPool::new(KeyHasher::new());
        Self {
            auth: ApiKeyAuth::new(Arc::new(Authenticator::new(store.clone()))),
            keyring: Keyring::new(
                store,
                hashes,
                Arc::new(SystemClock),
                Actor::new("tester@here"),
            ),
        }
    }

    async fn issue(&self, scopes: Vec<Scope>) -> (String, KeySelection) {
        let new = NewKey {
            scopes: Scopes::from(scopes),
            ..NewKey::for_client("acme".parse().unwrap())
        };
        let issued = self
            .keyring
            .issue(&KeyPrefix::default(), new)
            .await
            .unwrap();
        let id = KeySelection::Id(issued.record.id);
        (issued.api_key.expose_secret().to_owned(), id)
    }

    async fn send(&self, path: &str, headers: &[(&str, &str)]) -> ServiceResponse {
        let write = self.auth.clone().require(Scope::LogsWrite);
        let app = App::new()
            .route("/any", web::get().to(whoami).wrap(self.auth.clone()))
            .route("/write", web::get().to(whoami).wrap(write))
            .route("/open", web::get().to(whoami));
        let app = test::init_service(app).await;
        let request = headers
            .iter()
            .fold(test::TestRequest::get().uri(path), |request, header| {
                request.append_header(*header)
            });
        let answer = test::call_service(&app, request.to_request()).await;
        answer.map_into_boxed_body()
    }
}

async fn whoami(caller: Caller) -> HttpResponse {
    HttpResponse::Ok().body(caller.client_id().to_string())
}

async fn body(answer: ServiceResponse) -> String {
    let bytes = to_bytes(answer.into_body()).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[actix_web::test]
async fn a_good_key_reaches_the_handler_through_either_header() {
    let service = Service::new();
    let (key, _) = service.issue(vec![Scope::LogsWrite]).await;
    let bearer = format!("Bearer {key}");
    for header in [("X-API-Key", key.as_str()), ("Authorization", &bearer)] {
        let answer = service.send("/write", &[header]).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(body(answer).await, "acme");
    }
}

#[actix_web::test]
async fn refusals_are_problems_that_tell_no_more_than_they_must() {
    let service = Service::new();
    let (key, _) = service.issue(vec![Scope::LogsRead]).await;
    let (revoked, selection) = service.issue(vec![Scope::LogsRead]).await;
    service
        .keyring
        .revoke(&selection, None)
        .await
        .unwrap()
        .at_commit();
    let invalid = "Invalid API key";
    let forbidden = "This needs a key with the scope logs:write";
    for (path, headers, status, detail) in [
        ("/any", vec![], 401, "Missing API key"),
        ("/any", vec![("X-API-Key", "unknown")], 401, invalid),
        ("/any", vec![("X-API-Key", revoked.as_str())], 401, invalid),
        (
            "/any",
            vec![("X-API-Key", &key), ("X-API-Key", "other")],
            401,
            invalid,
        ),
        ("/write", vec![("X-API-Key", &key)], 403, forbidden),
    ] {
        let answer = service.send(path, &headers).await;
        assert_eq!(answer.status(), status);
        let headers = answer.headers();
        assert_eq!(
            headers.get(header::CONTENT_TYPE).unwrap(),
            "application/problem+json"
        );
        assert_eq!(
            headers.contains_key(header::WWW_AUTHENTICATE),
            status == 401
        );
        let problem: Value = serde_json::from_str(&body(answer).await).unwrap();
        assert_eq!(problem["detail"], detail);
        assert_eq!(problem["status"], json!(status));
    }
}

#[actix_web::test]
async fn a_handler_without_the_middleware_is_not_reached() {
    let service = Service::new();
    let (key, _) = service.issue(vec![Scope::LogsRead]).await;
    let answer = service.send("/open", &[("X-API-Key", &key)]).await;
    assert_eq!(answer.status(), 500);
}
