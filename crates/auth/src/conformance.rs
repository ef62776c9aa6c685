//! What every adapter must do. Its tests call [`run`] with a way to send requests through it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod caches;
mod gates;
mod keys;
mod limits;

use crate::{Authenticator, Gate, scopes::RequiredScope};
use async_trait::async_trait;
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, IssuedKey, KeyStore, MemoryKeys, NewKey};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyPrefix, Scope, Scopes};
use central_logger_times::ManualClock;
use std::{net::IpAddr, sync::Arc};
use time::macros::datetime;

/// A way to send requests through an adapter.
///
/// # Examples
///
/// ```no_run
/// use async_trait::async_trait;
/// use central_logger_auth::{Gate, conformance::{Adapter, Handler, Received, Sent, run}};
///
/// struct Mine;
///
/// #[async_trait(?Send)]
/// impl Adapter for Mine {
///     async fn send(&self, gate: Option<Gate>, handler: Handler, request: Sent) -> Received {
///         let service = my_library::service(handler, gate.map(my_library::Middleware));
///         let response = service.call(&request.uri, request.headers, request.peer).await;
///         Received { status: response.status, headers: response.headers, body: response.body }
///     }
/// }
/// # mod my_library {
/// #     use super::*;
/// #     use std::net::IpAddr;
/// #     pub struct Middleware(pub Gate);
/// #     pub struct Service;
/// #     pub fn service(_: Handler, _: Option<Middleware>) -> Service { Service }
/// #     impl Service {
/// #         pub async fn call(
/// #             &self, _: &str, _: Vec<(&'static str, Vec<u8>)>, _: Option<IpAddr>,
/// #         ) -> Received { unimplemented!() }
/// #     }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// run(&Mine).await;
/// # Ok(())
/// # }
/// ```
#[async_trait(?Send)]
pub trait Adapter {
    /// Sends a request to a service that answers `GET` at any path by `handler`, behind the
    /// adapter's middleware with this gate, or with none.
    async fn send(&self, gate: Option<Gate>, handler: Handler, request: Sent) -> Received;
}

/// What a handler asks for, by the adapter's extractor. Each answers 200 with the client id, or with
/// `anonymous`.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{conformance::{Handler, NotesWrite}, scopes::{Any, RequiredScope}};
///
/// let needed = |handler| match handler {
///     Handler::Caller | Handler::Visitor | Handler::Cacheable => Any::SCOPE,
///     Handler::Writer => NotesWrite::SCOPE,
/// };
/// assert_eq!(needed(Handler::Visitor), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    /// `Caller`.
    Caller,
    /// `Caller<`[`NotesWrite`]`>`.
    Writer,
    /// `Option<Caller>`.
    Visitor,
    /// `Caller`, and the answer says `Cache-Control: public, max-age=60` and `Vary: Accept`.
    Cacheable,
}

/// The scope that [`Handler::Writer`] asks for.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{conformance::NotesWrite, scopes::RequiredScope};
///
/// assert_eq!(NotesWrite::SCOPE.map(|scope| scope.to_string()), Some("notes:write".to_owned()));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct NotesWrite;

impl RequiredScope for NotesWrite {
    const SCOPE: Option<Scope> = Some(NOTES_WRITE);
}

const NOTES_READ: Scope = Scope::from_static("notes:read");
const NOTES_WRITE: Scope = Scope::from_static("notes:write");

/// A request.
///
/// # Examples
///
/// ```
/// use central_logger_auth::conformance::Sent;
///
/// let headers = vec![("x-api-key", b"xyz789_real_key".to_vec())];
/// let request = Sent { uri: "/logs?limit=10".to_owned(), headers, peer: None };
/// assert_eq!(request.uri.split_once('?'), Some(("/logs", "limit=10")));
/// ```
#[derive(Debug, Clone)]
pub struct Sent {
    /// Path and query.
    pub uri: String,
    /// Names and values, which need not be text.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// Where it comes from.
    pub peer: Option<IpAddr>,
}

/// A response.
///
/// # Examples
///
/// ```
/// use central_logger_auth::conformance::Received;
///
/// let headers = vec![("retry-after".to_owned(), "1".to_owned())];
/// let answer = Received { status: 503, headers, body: String::new() };
/// assert_eq!(answer.header("retry-after"), Some("1"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// All of it.
    pub body: String,
}

/// Runs every check.
///
/// # Panics
/// Where the adapter does not do what the others do.
pub async fn run(adapter: &dyn Adapter) {
    keys::a_key_is_taken_from_either_header(adapter).await;
    keys::bad_keys_all_get_the_same_answer(adapter).await;
    keys::a_key_is_bound_to_its_networks(adapter).await;
    keys::a_caller_that_no_proxy_names_is_nowhere(adapter).await;
    keys::a_hook_that_panics_harms_no_other_request(adapter).await;
    keys::a_store_that_does_not_answer_is_503(adapter).await;
    gates::scopes_are_required_by_gates_and_by_signatures(adapter).await;
    gates::no_key_is_anonymous_where_none_is_needed(adapter).await;
    gates::keys_are_taken_from_the_places_named_and_no_others(adapter).await;
    gates::keys_are_taken_from_the_schemes_of_other_services(adapter).await;
    gates::a_service_has_its_own_say_after_the_key(adapter).await;
    gates::a_handler_without_a_gate_is_not_reached(adapter).await;
    caches::nobody_gets_what_a_cache_keeps_of_another(adapter).await;
    limits::a_rate_is_told_on_every_answer(adapter).await;
    limits::a_quota_is_told_beside_the_rate(adapter).await;
    limits::failures_are_limited_by_address(adapter).await;
}

impl Sent {
    fn to(uri: &str) -> Self {
        Self {
            uri: uri.to_owned(),
            headers: Vec::new(),
            peer: None,
        }
    }

    fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_owned()));
        self
    }

    fn from(mut self, peer: &str) -> Self {
        self.peer = Some(peer.parse().unwrap());
        self
    }
}

impl Received {
    /// The value of a header that stands there once, or nothing.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let first = values.next();
        assert!(values.next().is_none(), "{name} twice in {self:?}");
        first.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    fn is_from(&self, client: &str) {
        assert_eq!((self.status, &*self.body), (200, client), "{self:?}");
    }

    /// Browsers are told to take it for what it says that it is.
    #[track_caller]
    fn is_not_guessed_at(&self) {
        let told = self.header("x-content-type-options");
        assert_eq!(told, Some("nosniff"), "{self:?}");
    }

    /// An error as RFC 9457 has it.
    #[track_caller]
    fn is_problem(&self, status: u16, detail: &str) {
        self.is_not_guessed_at();
        let media_type = self.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"), "{self:?}");
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["detail"], detail);
        assert_eq!((self.status, &problem["status"]), (status, &status.into()));
        let challenge = self.header("www-authenticate");
        assert_eq!(challenge.is_some(), status == 401, "{self:?}");
        let retry = self.header("retry-after");
        assert_eq!(retry.is_some(), [429, 503].contains(&status), "{self:?}");
    }
}

/// Keys in memory, and a clock that is set by hand.
struct World {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    keyring: Keyring,
}

impl World {
    fn new() -> Self {
        let store = Arc::new(MemoryKeys::new());
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let hashes = HashPool::new(KeyHasher::new());
        let actor = Actor::new("tester@here");
        Self {
            keyring: Keyring::new(store.clone(), hashes, clock.clone(), actor),
            store,
            clock,
        }
    }

    fn authenticator(&self) -> Authenticator {
        self.authenticator_over(self.store.clone())
    }

    fn authenticator_over(&self, store: Arc<dyn KeyStore>) -> Authenticator {
        Authenticator::new(store).with_clock(self.clock.clone())
    }

    fn gate(&self) -> Gate {
        Gate::new(Arc::new(self.authenticator()))
    }

    async fn issue(&self, new: NewKey) -> IssuedKey {
        let prefix = KeyPrefix::default();
        self.keyring.issue(&prefix, new).await.unwrap()
    }

    /// A key of `acme` with one scope.
    async fn key(&self, scope: Scope) -> String {
        let issued = self.issue(with_scope(scope)).await;
        issued.api_key.expose_secret().to_owned()
    }
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}

fn with_scope(scope: Scope) -> NewKey {
    NewKey {
        scopes: Scopes::from(vec![scope]),
        ..acme()
    }
}

const INVALID: &str = "Invalid API key";
const MISSING: &str = "Missing API key";
const NOT_A_WRITER: &str = "This needs a key with the scope notes:write";
