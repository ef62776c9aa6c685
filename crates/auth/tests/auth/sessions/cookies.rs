//! Cookies, and which pages may use them.

use super::{COOKIE_OF_PROVIDER, HERE, Request, fixture};
use central_logger_auth::{AnyPrincipal, Gate, Refusal, Rejection, SessionCookies};
use central_logger_key_store::NewKey;
use central_logger_keys::{KeyOwner, Scope};
use central_logger_sessions::SessionToken;

#[tokio::test]
async fn a_cookie_counts_only_where_there_is_no_key_and_nowhere_else() {
    let f = fixture();
    let token = f.add(&f.of_person()).await;
    let with_key = |key: &str| Request::new("GET").under(&token).with("x-api-key", key);
    let refused = f.admit(with_key("no_such_key_0123456789")).await;
    assert!(matches!(refused, Err(Refusal::Invalid(_))));
    let other = f
        .issue(NewKey::for_client("widget_co".parse().unwrap()))
        .await;
    let principal = f
        .admit(with_key(other.api_key.expose_secret()))
        .await
        .unwrap();
    assert_eq!(principal.client_id().as_str(), "widget_co");
    assert!(principal.session().is_none());
    // Nor is a token a key.
    let as_key = Request::new("GET").with("x-api-key", token.expose_secret());
    assert!(matches!(f.admit(as_key).await, Err(Refusal::Invalid(_))));
    let without_sessions = Gate::new(f.authenticator.clone());
    let refused = without_sessions
        .admit(&Request::new("GET").under(&token))
        .await;
    assert!(matches!(refused, Err(Rejection::Refused(Refusal::Missing))));
    let vary = |gate: &Gate| gate.answer_headers([], []).pop().unwrap();
    assert_eq!(
        vary(&without_sessions),
        ("vary", "X-API-Key, Authorization".into())
    );
    assert_eq!(
        vary(&f.gate),
        ("vary", "X-API-Key, Authorization, Cookie".into())
    );
}

#[tokio::test]
async fn sessions_of_clients_and_of_the_provider_stay_apart() {
    let f = fixture();
    let of_client = f.add(&f.of_person()).await;
    let session = f.session(KeyOwner::Provider, Scope::PROVIDER_READ);
    let of_provider = f.add(&session).await;
    let request = Request::new("GET").cookie(COOKIE_OF_PROVIDER, &of_provider);
    let principal = f.gate.admit_provider(&request).await.unwrap();
    assert_eq!(
        (principal.key_id(), principal.scopes()),
        (&session.id, &session.scopes)
    );
    assert!(matches!(
        f.admit(request.clone()).await,
        Err(Refusal::Missing)
    ));
    let any = f.gate.admit_any(&request).await.unwrap();
    assert!(matches!(any, AnyPrincipal::Provider(_)));
    let both = request.under(&of_client);
    assert!(matches!(
        f.gate.admit_any(&both).await.unwrap(),
        AnyPrincipal::Client(_)
    ));
    // A token in the cookie of the other kind is that of the other kind still.
    let crossed = Request::new("GET").under(&of_provider);
    assert!(matches!(f.admit(crossed).await, Err(Refusal::ProviderKey)));
    let crossed = Request::new("GET").cookie(COOKIE_OF_PROVIDER, &of_client);
    let refused = f.gate.admit_provider(&crossed).await;
    assert!(matches!(
        refused,
        Err(Rejection::Refused(Refusal::ClientKey))
    ));
}

#[tokio::test]
async fn only_a_page_of_this_server_makes_changes() {
    let f = fixture();
    let token = f.add(&f.of_person()).await;
    let post = || Request::new("POST").under(&token);
    let json = |request: Request| request.with("content-type", "application/json; charset=utf-8");
    for allowed in [
        post().with("sec-fetch-site", "same-origin"),
        post().with("origin", HERE).with("content-length", "0"),
        json(post()).with("origin", "HTTPS://logs.example.com"),
        Request::new("HEAD")
            .under(&token)
            .with("origin", "https://evil.example"),
    ] {
        f.admit(allowed).await.unwrap();
    }
    for refused in [
        post(),
        post().with("sec-fetch-site", "same-site"),
        post()
            .with("sec-fetch-site", "cross-site")
            .with("origin", "https://evil.example"),
        post().with("origin", "null"),
        post().with("origin", "https://logs.example.com.evil.example"),
        post()
            .with("origin", HERE)
            .with("origin", "https://evil.example"),
        json(post()),
        post().with("origin", HERE).with("content-length", "2"),
        post()
            .with("origin", HERE)
            .with("transfer-encoding", "chunked"),
        post()
            .with("origin", HERE)
            .with("content-type", "text/plain"),
        Request::new("DELETE").under(&token),
    ] {
        assert!(matches!(f.admit(refused).await, Err(Refusal::CrossSite)));
    }
}

#[test]
fn without_https_there_are_cookies_on_this_machine_alone() {
    let plain = SessionCookies::on_loopback();
    let token = SessionToken::generate().unwrap();
    let kind = central_logger_auth::SessionKind::Provider;
    for (host, port) in [
        ("localhost:8000", Some(8000)),
        ("127.0.0.1:8000", Some(8000)),
        ("[::1]:9000", Some(9000)),
        ("[::1]", Some(80)),
        ("logs.localhost", Some(80)),
        ("127.0.0.1.evil.example:8000", None),
        ("192.168.1.7:8000", None),
        ("logs.example.com", None),
    ] {
        let set = plain.set(kind, Some(host.as_bytes()), &token);
        let secret = token.expose_secret();
        let expected = port.map(|port| {
            format!(
                "central_logger_provider_session_{port}={secret}; Path=/; HttpOnly; SameSite=Strict"
            )
        });
        assert_eq!(set, expected, "{host}");
    }
    let post = |host: &str, origin: &str| {
        Request::new("POST")
            .with("host", host)
            .with("origin", origin)
    };
    assert!(!plain.is_foreign(&post("localhost:8000", "http://localhost:8000")));
    assert!(plain.is_foreign(&post("localhost:8000", "http://localhost:9000")));
    assert!(plain.is_foreign(&post("logs.lan", "http://logs.lan")));
    assert!(plain.is_foreign(&post("localhost:8000", "null")));
    let by_form = post("localhost:8000", "null").with("sec-fetch-site", "same-origin");
    assert!(!plain.is_foreign(&by_form));
    assert!(!plain.is_foreign(&Request::new("POST").with("host", "logs.lan")));
}
