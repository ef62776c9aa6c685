//! Requests under a session, over stores in memory and a clock set by hand.

use central_logger_auth::{
    AnyPrincipal, Authenticator, Gate, Principal, Refusal, Rejection, RequestHead, SessionCookies,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, ActorKind, IssuedKey, KeyRecord, MemoryKeys, NewKey};
use central_logger_keyring::{KeySelection, Keyring, Rotation};
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyOwner, KeyPrefix, Scope};
use central_logger_sessions::{
    MemorySessions, Session, SessionLengths, SessionStore, SessionToken,
};
use central_logger_times::{Clock, ManualClock, Timestamp};
use std::{net::IpAddr, sync::Arc};
use time::{Duration, macros::datetime};

struct Fixture {
    sessions: Arc<MemorySessions>,
    clock: Arc<ManualClock>,
    keyring: Keyring,
    authenticator: Arc<Authenticator>,
    gate: Gate,
}

fn fixture() -> Fixture {
    let (store, sessions) = (Arc::new(MemoryKeys::new()), Arc::new(MemorySessions::new()));
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let (hashes, actor) = (HashPool::new(KeyHasher::new()), Actor::new("tester@here"));
    let authenticator = Authenticator::new(store.clone())
        .with_hashes(hashes.clone())
        .with_clock(clock.clone())
        .with_sessions(sessions.clone());
    let authenticator = Arc::new(authenticator);
    Fixture {
        gate: Gate::new(authenticator.clone()).with_sessions(SessionCookies::secure().at(HERE)),
        keyring: Keyring::new(store, hashes, clock.clone(), actor),
        sessions,
        clock,
        authenticator,
    }
}

const HERE: &str = "https://logs.example.com";
const COOKIE: &str = "__Host-central_logger_session";
const COOKIE_OF_PROVIDER: &str = "__Host-central_logger_provider_session";

/// A request, by its method and headers.
#[derive(Clone)]
struct Request(&'static str, Vec<(&'static str, String)>, Option<IpAddr>);

impl Request {
    fn new(method: &'static str) -> Self {
        Self(method, Vec::new(), None)
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.1.push((name, value.to_owned()));
        self
    }

    fn under(self, token: &SessionToken) -> Self {
        self.cookie(COOKIE, token)
    }

    fn cookie(self, name: &str, token: &SessionToken) -> Self {
        self.with("cookie", &format!("a=b; {name}={}", token.expose_secret()))
    }

    fn from(mut self, address: &str) -> Self {
        self.2 = Some(address.parse().unwrap());
        self
    }
}

impl RequestHead for Request {
    fn method(&self) -> &str {
        self.0
    }
    fn path(&self) -> &str {
        "/api/v1/logs"
    }
    fn query(&self) -> Option<&str> {
        None
    }
    fn header<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let of_name = self.1.iter().filter(move |(found, _)| *found == name);
        let values: Vec<_> = of_name.map(|(_, value)| value.as_bytes()).collect();
        values.into_iter()
    }
    fn peer(&self) -> Option<IpAddr> {
        self.2
    }
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse::<ClientId>().unwrap())
}

impl Fixture {
    async fn issue(&self, new: NewKey) -> IssuedKey {
        self.keyring
            .issue(&KeyPrefix::default(), new)
            .await
            .unwrap()
    }

    async fn add(&self, session: &Session) -> SessionToken {
        let token = SessionToken::generate().unwrap();
        self.sessions
            .add(session, &token.hash(), None)
            .await
            .unwrap();
        token
    }

    fn session(&self, owner: KeyOwner, scope: Scope) -> Session {
        let (id, scopes) = (KeyId::generate().unwrap(), [scope].into_iter().collect());
        let lengths = SessionLengths::default();
        Session::beginning(id, owner, scopes, self.clock.now(), lengths)
    }

    /// A session of a person of the client, from no key.
    fn of_person(&self) -> Session {
        let owner = KeyOwner::from("acme".parse::<ClientId>().unwrap());
        let session = self.session(owner, Scope::LOGS_READ);
        Session {
            name: Some("Alice".parse().unwrap()),
            ..session
        }
    }

    /// A session that came from a key.
    fn of_key(&self, key: &KeyRecord) -> Session {
        let scopes = key.scopes.clone();
        let session = self.session(key.owner.clone(), Scope::LOGS_READ);
        Session {
            scopes,
            key_id: Some(key.id.clone()),
            ..session
        }
    }

    async fn get(&self, token: &SessionToken) -> Result<Principal, Refusal> {
        self.admit(Request::new("GET").under(token)).await
    }

    async fn admit(&self, request: Request) -> Result<Principal, Refusal> {
        match self.gate.admit(&request).await {
            Ok(principal) => Ok(principal.unwrap()),
            Err(Rejection::Refused(refusal)) => Err(refusal),
            Err(other) => panic!("{other}"),
        }
    }

    async fn assert_ended(&self, token: &SessionToken, why: &str) {
        let refused = self.get(token).await;
        assert!(
            matches!(refused, Err(Refusal::SessionEnded)),
            "{why}: {refused:?}"
        );
        assert_eq!(refused.unwrap_err().problem().status, 401);
    }
}

#[tokio::test]
async fn a_session_names_its_client_and_its_person() {
    let f = fixture();
    let session = f.of_person();
    let token = f.add(&session).await;
    let principal = f.get(&token).await.unwrap();
    assert_eq!(principal.client_id().as_str(), "acme");
    assert_eq!(principal.session(), Some(&session));
    assert_eq!(principal.scopes(), &session.scopes);
    assert_eq!(principal.expires_at(), Some(session.ends_at));
    let actor = principal.actor();
    assert_eq!(
        (actor.kind(), actor.name()),
        (Some(ActorKind::Session), "Alice")
    );
    assert_eq!(actor.id(), Some(session.id.as_str()));
    f.assert_ended(&SessionToken::generate().unwrap(), "there is none")
        .await;
    let garbage = Request::new("GET").with("cookie", &format!("{COOKIE}=x"));
    assert!(matches!(f.admit(garbage).await, Err(Refusal::SessionEnded)));
}

#[tokio::test]
async fn a_session_ends_without_use_and_lasts_with_it_up_to_its_end() {
    let f = fixture();
    let token = f.add(&f.of_person()).await;
    for _ in 0..24 {
        f.get(&token).await.unwrap();
        f.clock.advance(Duration::minutes(29));
    }
    f.clock
        .advance(Duration::minutes(24) - Duration::MILLISECOND);
    // Twelve hours less a millisecond, and used each half hour.
    let used = f.get(&token).await;
    assert!(used.is_err(), "the last use was 53 minutes ago");

    let token = f.add(&f.of_person()).await;
    for _ in 0..47 {
        f.clock.advance(Duration::minutes(15));
        f.get(&token).await.unwrap();
    }
    f.clock
        .advance(Duration::minutes(15) - Duration::MILLISECOND);
    f.get(&token).await.unwrap();
    f.clock.advance(Duration::MILLISECOND);
    f.assert_ended(&token, "twelve hours are over").await;
}

#[tokio::test]
async fn a_session_that_was_ended_is_refused_at_once() {
    let f = fixture();
    let session = f.of_person();
    let token = f.add(&session).await;
    let principal = f.get(&token).await.unwrap();
    let still_good = |required| f.authenticator.is_still_good(&principal, required);
    assert!(still_good(Some(Scope::LOGS_READ)).await.unwrap());
    assert!(!still_good(Some(Scope::LOGS_WRITE)).await.unwrap());
    f.sessions.end(&session.id).await.unwrap();
    f.assert_ended(&token, "it was ended").await;
    assert!(!still_good(None).await.unwrap());
}

#[tokio::test]
async fn a_session_ends_with_its_key() {
    let f = fixture();
    for how in ["revoked", "disabled", "expired", "rotated"] {
        let key = f.issue(NewKey {
            expires_at: (how == "expired")
                .then(|| Timestamp::clamped(f.clock.now() + Duration::minutes(5))),
            ..acme()
        });
        let key = key.await.record;
        let token = f.add(&f.of_key(&key)).await;
        let principal = f.get(&token).await.unwrap();
        assert_eq!(principal.key_id(), &key.id);
        match how {
            "revoked" => {
                let one = KeySelection::Id(key.id.clone());
                f.keyring.revoke(&one, None).await.unwrap().at_commit();
            }
            "disabled" => assert!(f.keyring.disable(&key.id).await.unwrap().at_commit()),
            "expired" => f.clock.advance(Duration::minutes(5)),
            _ => {
                let rotation = Rotation {
                    grace: Duration::minutes(5),
                    expires_at: None,
                };
                let prefix = KeyPrefix::default();
                let rotated = f.keyring.rotate(&key.id, &prefix, rotation).await.unwrap();
                drop(rotated.at_commit());
                f.get(&token).await.unwrap();
                f.clock.advance(Duration::minutes(5));
            }
        }
        f.assert_ended(&token, how).await;
        let still = f.authenticator.is_still_good(&principal, None).await;
        assert!(!still.unwrap(), "{how}");
    }
    let unknown = Session {
        key_id: Some(KeyId::generate().unwrap()),
        ..f.of_person()
    };
    let token = f.add(&unknown).await;
    f.assert_ended(&token, "its key is not there").await;
}

#[tokio::test]
async fn a_session_has_no_more_than_its_key() {
    let f = fixture();
    let key = f.issue(NewKey {
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        scopes: [Scope::LOGS_READ].into_iter().collect(),
        rate_limit: Some("2/h".parse().unwrap()),
        ..acme()
    });
    let key = key.await;
    let wide = Session {
        scopes: Scope::OWN.into_iter().collect(),
        ..f.of_key(&key.record)
    };
    let token = f.add(&wide).await;
    let request = Request::new("GET").under(&token);
    let elsewhere = f.admit(request.clone().from("192.0.2.1")).await;
    assert!(matches!(elsewhere, Err(Refusal::ForbiddenAddress)));
    let request = request.from("203.0.113.9");
    let principal = f.admit(request.clone()).await.unwrap();
    assert_eq!(principal.scopes(), &key.record.scopes);
    // Both count in the same rate.
    let secret = key.api_key.expose_secret();
    let by_key = Request::new("GET")
        .with("x-api-key", secret)
        .from("203.0.113.9");
    f.admit(by_key).await.unwrap();
    assert!(matches!(f.admit(request).await, Err(Refusal::Limited(_))));
}

#[tokio::test]
async fn a_session_by_a_link_of_the_provider_ends_with_that_key_and_has_its_own_rights() {
    let f = fixture();
    let of_provider = f.issue(NewKey::for_provider()).await.record;
    let session = Session {
        key_id: Some(of_provider.id.clone()),
        ..f.of_person()
    };
    let token = f.add(&session).await;
    let principal = f.get(&token).await.unwrap();
    assert_eq!(
        (principal.key_id(), principal.scopes()),
        (&session.id, &session.scopes)
    );
    let revoked = f
        .keyring
        .revoke(&KeySelection::Id(of_provider.id), None)
        .await;
    revoked.unwrap().at_commit();
    f.assert_ended(&token, "the key that has made the link is revoked")
        .await;
    // A key of another client is nothing to it.
    let other = f
        .issue(NewKey::for_client("widget_co".parse().unwrap()))
        .await
        .record;
    let session = Session {
        key_id: Some(other.id),
        ..f.of_person()
    };
    let token = f.add(&session).await;
    f.assert_ended(&token, "its key is another client's").await;
}

#[tokio::test]
async fn the_quota_of_the_client_counts_sessions_too() {
    let f = fixture();
    f.issue(acme()).await;
    let one = std::num::NonZeroU64::new(1);
    let day = central_logger_key_store::quota::QuotaDimension::RequestsPerDay;
    let acme = "acme".parse().unwrap();
    let set = f
        .keyring
        .set_quota(&acme, |quota| quota.with(day, one))
        .await;
    set.unwrap().at_commit();
    let token = f.add(&f.of_person()).await;
    f.get(&token).await.unwrap();
    assert!(matches!(f.get(&token).await, Err(Refusal::Limited(_))));
}

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
