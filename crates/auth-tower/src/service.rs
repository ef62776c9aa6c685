use crate::{ApiKeyLayer, GuardedBody};
use central_logger_auth::{Allowances, Answer, Gate, scopes::Anonymous};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, VARY},
};
use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};
use tower_service::Service;

/// What [`ApiKeyLayer`] makes of the service that it is laid around.
///
/// # Examples
///
/// ```
/// use central_logger_auth::Principal;
/// use central_logger_auth_tower::{ApiKeyLayer, ApiKeyService};
/// use http::{Request, Response};
/// use std::convert::Infallible;
/// use tower::{Layer, ServiceExt, service_fn};
/// # use central_logger_auth::Authenticator;
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// let hello = service_fn(|request: Request<()>| async move {
///     let caller = request.extensions().get::<Principal>();
///     let name = caller.map(|caller| caller.client_id().to_string());
///     Ok::<_, Infallible>(Response::new(name.unwrap_or_default()))
/// });
/// let guarded: ApiKeyService<_> = ApiKeyLayer::new(authenticator).layer(hello);
/// let request = Request::get("/").header("X-API-Key", "xyz789_real_key").body(())?;
/// assert_eq!(guarded.oneshot(request).await?.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ApiKeyService<S> {
    layer: ApiKeyLayer,
    next: S,
}

impl<S> ApiKeyService<S> {
    pub(crate) fn new(layer: ApiKeyLayer, next: S) -> Self {
        Self { layer, next }
    }
}

impl<S, B, R> Service<Request<B>> for ApiKeyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<GuardedBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.next.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let layer = self.layer.clone();
        // The service that was found ready is the one to call; the clone need not be.
        let clone = self.next.clone();
        let mut next = mem::replace(&mut self.next, clone);
        Box::pin(async move {
            let (mut request, outcome) = layer.admit(request).await;
            let allowances = match outcome {
                Ok(Some(principal)) => {
                    let allowances = *principal.allowances();
                    request.extensions_mut().insert(principal);
                    allowances
                }
                Ok(None) => {
                    request.extensions_mut().insert(Anonymous);
                    Allowances::default()
                }
                Err(rejection) => {
                    let mut refused = response(rejection.answer()).map(GuardedBody::refused);
                    add_answer_headers(&layer.gate, refused.headers_mut());
                    return Ok(refused);
                }
            };
            let mut response = next.call(request).await?.map(GuardedBody::passed);
            for (name, value) in allowances.headers() {
                insert(response.headers_mut(), name, &value);
            }
            add_answer_headers(&layer.gate, response.headers_mut());
            Ok(response)
        })
    }
}

pub(crate) fn response(answer: Answer) -> Response<String> {
    let mut response = Response::new(answer.body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        insert(response.headers_mut(), name, &value);
    }
    response
}

/// What keeps caches from giving a response to anybody else, and browsers from guessing what it is.
fn add_answer_headers(gate: &Gate, headers: &mut HeaderMap) {
    let values = |name| headers.get_all(name).into_iter().map(HeaderValue::as_bytes);
    for (name, value) in gate.answer_headers(values(CACHE_CONTROL), values(VARY)) {
        insert(headers, name, &value);
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // Values are made of numbers, names of headers and fixed words, so they are always good.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
