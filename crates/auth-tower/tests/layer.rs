//! The layer around a bare service, without a framework.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_auth::{Authenticator, Principal};
use central_logger_auth_tower::ApiKeyLayer;
use central_logger_key_store::{
    Actor, HashPool, KeySelection, Keyring, MemoryKeys, NewKey, Scope, Scopes, SystemClock,
};
use central_logger_keys::{KeyHasher, KeyPrefix};
use http::{Request, Response, header};
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc};
use tower::{ServiceBuilder, ServiceExt, service_fn};

struct Fixture {
    layer: ApiKeyLayer,
    keyring: Keyring,
}

impl Fixture {
    fn new() -> Self {
        let store = Arc::new(MemoryKeys::new());
        let hashes = HashPool::new(KeyHasher::new());
        Self {
            layer: ApiKeyLayer::new(Arc::new(Authenticator::new(store.clone()))),
            keyring: Keyring::new(
                store,
                hashes,
                Arc::new(SystemClock),
                Actor::new("tester@here"),
            ),
        }
    }

    async fn issue(&self) -> (String, KeySelection) {
        let new = NewKey {
            scopes: Scopes::from(vec![Scope::LogsRead]),
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

    async fn send(&self, required: Scope, headers: &[(&str, &str)]) -> Response<String> {
        let service = ServiceBuilder::new()
            .layer(self.layer.clone().require(required))
            .service(service_fn(greet));
        let request = headers
            .iter()
            .fold(Request::get("/"), |request, (name, value)| {
                request.header(*name, *value)
            });
        service.oneshot(request.body(()).unwrap()).await.unwrap()
    }
}

async fn greet(request: Request<()>) -> Result<Response<String>, Infallible> {
    let principal = request
        .extensions()
        .get::<Principal>()
        .expect("a principal");
    Ok(Response::new(principal.client_id().to_string()))
}

#[tokio::test]
async fn a_good_key_reaches_the_service_through_either_header() {
    let fixture = Fixture::new();
    let (key, _) = fixture.issue().await;
    let bearer = format!("Bearer {key}");
    for header in [("X-API-Key", key.as_str()), ("Authorization", &bearer)] {
        let answer = fixture.send(Scope::LogsRead, &[header]).await;
        assert_eq!(
            (answer.status().as_u16(), answer.body().as_str()),
            (200, "acme")
        );
    }
}

#[tokio::test]
async fn refusals_are_problems_that_tell_no_more_than_they_must() {
    let fixture = Fixture::new();
    let (key, _) = fixture.issue().await;
    let (revoked, selection) = fixture.issue().await;
    fixture
        .keyring
        .revoke(&selection, None)
        .await
        .unwrap()
        .at_commit();
    let invalid = "Invalid API key";
    let forbidden = "This needs a key with the scope logs:write";
    for (required, headers, status, detail) in [
        (Scope::LogsRead, vec![], 401, "Missing API key"),
        (
            Scope::LogsRead,
            vec![("X-API-Key", "unknown")],
            401,
            invalid,
        ),
        (
            Scope::LogsRead,
            vec![("X-API-Key", revoked.as_str())],
            401,
            invalid,
        ),
        (
            Scope::LogsRead,
            vec![("X-API-Key", &key), ("Authorization", "Bearer other")],
            401,
            invalid,
        ),
        (Scope::LogsWrite, vec![("X-API-Key", &key)], 403, forbidden),
    ] {
        let answer = fixture.send(required, &headers).await;
        assert_eq!(answer.status(), status);
        let headers = answer.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            headers.contains_key(header::WWW_AUTHENTICATE),
            status == 401
        );
        let problem: Value = serde_json::from_str(answer.body()).unwrap();
        assert_eq!(problem["detail"], detail);
        assert_eq!(problem["status"], json!(status));
    }
}
