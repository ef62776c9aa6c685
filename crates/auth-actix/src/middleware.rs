use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::{
        StatusCode,
        header::{AUTHORIZATION, X_FORWARDED_FOR},
    },
};
use central_logger_auth::{Attempt, Authenticator, Presented, Principal, Refusal};
use central_logger_key_store::Scope;
use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    rc::Rc,
    sync::Arc,
};

/// Middleware that lets only requests with a good API key through, and answers all others.
#[derive(Debug, Clone)]
pub struct ApiKeyAuth {
    authenticator: Arc<Authenticator>,
    required: Option<Scope>,
}

impl ApiKeyAuth {
    /// Lets any good key through.
    pub fn new(authenticator: Arc<Authenticator>) -> Self {
        Self {
            authenticator,
            required: None,
        }
    }

    /// Lets only keys with `scope` through.
    #[must_use]
    pub fn require(mut self, scope: Scope) -> Self {
        self.required = Some(scope);
        self
    }

    async fn authenticate(&self, request: &ServiceRequest) -> Result<Principal, Refusal> {
        let headers = request.headers();
        let attempt = Attempt {
            presented: Presented::from_headers(
                headers.get_all("x-api-key").map(|value| value.as_bytes()),
                headers.get_all(AUTHORIZATION).map(|value| value.as_bytes()),
            ),
            address: self.authenticator.trusted_proxies().client(
                request.peer_addr().map(|address| address.ip()),
                headers
                    .get_all(X_FORWARDED_FOR)
                    .map(|value| value.as_bytes()),
            ),
            required: self.required,
        };
        self.authenticator.authenticate(attempt).await
    }
}

impl<S, B> Transform<S, ServiceRequest> for ApiKeyAuth
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = ApiKeyService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, next: S) -> Self::Future {
        ready(Ok(ApiKeyService {
            auth: self.clone(),
            next: Rc::new(next),
        }))
    }
}

/// What [`ApiKeyAuth`] makes of the service that it is wrapped around.
#[derive(Debug)]
pub struct ApiKeyService<S> {
    auth: ApiKeyAuth,
    next: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for ApiKeyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(next);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (auth, next) = (self.auth.clone(), Rc::clone(&self.next));
        Box::pin(async move {
            match auth.authenticate(&request).await {
                Ok(principal) => {
                    request.extensions_mut().insert(principal);
                    Ok(next.call(request).await?.map_into_left_body())
                }
                Err(refusal) => {
                    let response = request.into_response(answer(&refusal));
                    Ok(response.map_into_right_body())
                }
            }
        })
    }
}

fn answer(refusal: &Refusal) -> HttpResponse {
    let problem = refusal.problem();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNAUTHORIZED);
    let mut response = HttpResponse::build(status);
    response.content_type("application/problem+json");
    if let Some(header) = refusal.header() {
        response.insert_header(header);
    }
    response.body(problem.to_json())
}
