//! Requests under a session, over stores in memory and a clock set by hand.

mod cookies;
mod ends;
mod rights;

use central_logger_auth::{
    Authenticator, Gate, Principal, Refusal, Rejection, RequestHead, SessionCookies,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, IssuedKey, KeyRecord, MemoryKeys, NewKey};
use central_logger_keyring::Keyring;
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyOwner, KeyPrefix, Scope};
use central_logger_sessions::{
    MemorySessions, Session, SessionLengths, SessionStore, SessionToken,
};
use central_logger_times::{Clock, ManualClock};
use std::{net::IpAddr, sync::Arc};
use time::macros::datetime;

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
