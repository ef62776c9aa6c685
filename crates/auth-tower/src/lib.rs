#![doc = include_str!("../README.md")]

use central_logger_auth::{Attempt, Authenticator, Presented, Principal, Refusal};
use central_logger_key_store::Scope;
use http::{
    Extensions, HeaderValue, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName},
};
use std::{
    future::Future,
    mem,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_layer::Layer;
use tower_service::Service;

/// A layer that lets only requests with a good API key through, and answers all others.
///
/// The service behind it finds the [`Principal`] in the extensions of the request.
#[derive(Debug, Clone)]
pub struct ApiKeyLayer {
    authenticator: Arc<Authenticator>,
    required: Option<Scope>,
    address: fn(&Extensions) -> Option<IpAddr>,
}

impl ApiKeyLayer {
    /// Lets any good key through.
    pub fn new(authenticator: Arc<Authenticator>) -> Self {
        Self {
            authenticator,
            required: None,
            address: |_| None,
        }
    }

    /// Lets only keys with `scope` through.
    #[must_use]
    pub fn require(mut self, scope: Scope) -> Self {
        self.required = Some(scope);
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
    async fn authenticate<B>(
        self,
        request: Request<B>,
    ) -> (Request<B>, Result<Principal, Refusal>) {
        let (head, body) = request.into_parts();
        let values = |name| {
            let values = head.headers.get_all(name).into_iter();
            values.map(HeaderValue::as_bytes)
        };
        let attempt = Attempt {
            presented: Presented::from_headers(
                values(HeaderName::from_static("x-api-key")),
                values(AUTHORIZATION),
            ),
            address: self.authenticator.trusted_proxies().client(
                (self.address)(&head.extensions),
                values(HeaderName::from_static("x-forwarded-for")),
            ),
            required: self.required,
        };
        let outcome = self.authenticator.authenticate(attempt).await;
        (Request::from_parts(head, body), outcome)
    }
}

impl<S> Layer<S> for ApiKeyLayer {
    type Service = ApiKeyService<S>;

    fn layer(&self, next: S) -> ApiKeyService<S> {
        ApiKeyService {
            layer: self.clone(),
            next,
        }
    }
}

/// What [`ApiKeyLayer`] makes of the service that it is laid around.
#[derive(Debug, Clone)]
pub struct ApiKeyService<S> {
    layer: ApiKeyLayer,
    next: S,
}

impl<S, B, R> Service<Request<B>> for ApiKeyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.next.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let layer = self.layer.clone();
        // The service that was found ready is the one to call; the clone need not be.
        let clone = self.next.clone();
        let mut next = mem::replace(&mut self.next, clone);
        Box::pin(async move {
            match layer.authenticate(request).await {
                (mut request, Ok(principal)) => {
                    request.extensions_mut().insert(principal);
                    next.call(request).await
                }
                (_, Err(refusal)) => Ok(answer(&refusal)),
            }
        })
    }
}

fn answer<R: From<String>>(refusal: &Refusal) -> Response<R> {
    let problem = refusal.problem();
    let mut response = Response::new(R::from(problem.to_json()));
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNAUTHORIZED);
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some((name, value)) = refusal.header() {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}
