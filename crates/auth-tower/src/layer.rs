use crate::ApiKeyService;
use central_logger_auth::{Gate, Principal, Rejection, RequestHead};
use central_logger_keys::Scope;
use http::{Extensions, HeaderValue, Request, request::Parts};
use std::net::IpAddr;
use tower_layer::Layer;

/// A layer that lets only requests with a good API key through, and answers all others.
///
/// The service behind it finds the [`Principal`] in the extensions of the request. Lay it around a
/// route once: each layer verifies, and counts, anew.
///
/// # Examples
///
/// ```
/// # use central_logger_auth::{Authenticator, Gate, KeySource};
/// # use central_logger_key_store::MemoryKeys;
/// # use central_logger_keys::Scope;
/// # use std::sync::Arc;
/// use axum::{Router, routing::{get, post}};
/// use central_logger_auth_tower::ApiKeyLayer;
///
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(MemoryKeys::new())));
/// # async fn read() {}
/// # async fn write() {}
/// # async fn status() {}
/// let auth = ApiKeyLayer::new(authenticator);
/// let app: Router = Router::new()
///     .route("/logs", get(read).layer(auth.clone().require(Scope::from_static("notes:read"))))
///     .route("/logs", post(write).layer(auth.clone().require(Scope::from_static("notes:write"))))
///     .route("/status", get(status).layer(auth.optional()));
/// ```
#[derive(Debug, Clone)]
pub struct ApiKeyLayer {
    pub(crate) gate: Gate,
    address: fn(&Extensions) -> Option<IpAddr>,
}

impl ApiKeyLayer {
    /// Lets through what the gate does: an [`Authenticator`](central_logger_auth::Authenticator) in
    /// an [`Arc`](std::sync::Arc) is one that any good key opens.
    pub fn new(gate: impl Into<Gate>) -> Self {
        Self {
            gate: gate.into(),
            address: |_| None,
        }
    }

    /// Lets only keys with `scope` through.
    #[must_use]
    pub fn require(mut self, scope: Scope) -> Self {
        self.gate = self.gate.require(scope);
        self
    }

    /// Lets requests without a key through too, as anonymous. A key that is not good is still
    /// refused.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.gate = self.gate.optional();
        self
    }

    /// Learns the address that a request came in from, for events and for keys that are bound to
    /// networks, from the extensions of the request. With axum:
    /// `|extensions| Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip())`.
    #[must_use]
    pub fn address_from(mut self, address: fn(&Extensions) -> Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Takes the request and gives it back, so that a body that is not `Sync` is never borrowed
    /// across an await.
    pub(crate) async fn admit<B>(
        &self,
        request: Request<B>,
    ) -> (Request<B>, Result<Option<Principal>, Rejection>) {
        let (parts, body) = request.into_parts();
        let head = Head {
            peer: (self.address)(&parts.extensions),
            parts: &parts,
        };
        let outcome = self.gate.admit(&head).await;
        (Request::from_parts(parts, body), outcome)
    }
}

impl<S> Layer<S> for ApiKeyLayer {
    type Service = ApiKeyService<S>;

    fn layer(&self, next: S) -> ApiKeyService<S> {
        ApiKeyService::new(self.clone(), next)
    }
}

struct Head<'r> {
    parts: &'r Parts,
    peer: Option<IpAddr>,
}

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.parts.method.as_str()
    }

    fn path(&self) -> &str {
        self.parts.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.parts.uri.query()
    }

    fn header<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let values = self.parts.headers.get_all(name).into_iter();
        values.map(HeaderValue::as_bytes)
    }

    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }
}
