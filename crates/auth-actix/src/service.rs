use crate::{
    answer::{AnswerHeaders, add_allowances, response},
    head::Head,
    middleware::Admits,
};
use actix_web::{
    Error, HttpMessage,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::HeaderMap,
};
use central_logger_auth::{Allowances, AnyPrincipal, Gate, Rejection, scopes::Anonymous};
use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

/// What [`ApiKeyAuth`](crate::ApiKeyAuth) makes of the service that it is wrapped around.
///
/// # Examples
///
/// ```
/// use actix_web::{dev::{Service, Transform}, test::{TestRequest, ok_service}};
/// use central_logger_auth_actix::{ApiKeyAuth, ApiKeyService};
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
/// let auth = ApiKeyAuth::new(authenticator);
/// let guarded = auth.new_transform(ok_service()).await;
/// let guarded: ApiKeyService<_> = guarded.map_err(|()| "it never fails")?;
/// let answer = guarded.call(TestRequest::default().to_srv_request()).await?;
/// assert_eq!(answer.status(), 401);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ApiKeyService<S>(Rc<Guarded<S>>);

#[derive(Debug)]
struct Guarded<S> {
    gate: Gate,
    admits: Admits,
    headers: AnswerHeaders,
    next: S,
}

impl<S> ApiKeyService<S> {
    pub(crate) fn new(gate: Gate, admits: Admits, next: S) -> Self {
        Self(Rc::new(Guarded {
            headers: AnswerHeaders::new(&gate),
            gate,
            admits,
            next,
        }))
    }
}

impl<S, B> Service<ServiceRequest> for ApiKeyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.next.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let guarded = Rc::clone(&self.0);
        Box::pin(async move {
            let allowances = match admit(&guarded.gate, guarded.admits, &request).await {
                Ok(allowances) => allowances,
                Err(rejection) => {
                    let mut refused = request.into_response(response(rejection.answer()));
                    guarded.headers.add(&guarded.gate, refused.headers_mut());
                    return Ok(refused.map_into_right_body());
                }
            };
            let called = guarded.next.call(request).await;
            let seal = |headers: &mut HeaderMap| {
                add_allowances(&allowances, headers);
                guarded.headers.add(&guarded.gate, headers);
            };
            match called {
                Ok(mut response) => {
                    seal(response.headers_mut());
                    Ok(response.map_into_left_body())
                }
                // Of middleware between this one and the handler, whose errors become responses later.
                Err(error) => {
                    let mut response = error.error_response();
                    seal(response.headers_mut());
                    Err(InternalError::from_response(error, response).into())
                }
            }
        })
    }
}

/// Leaves who is calling among the extensions of the request.
async fn admit(
    gate: &Gate,
    admits: Admits,
    request: &ServiceRequest,
) -> Result<Allowances, Rejection> {
    let head = Head(request.request());
    match admits {
        Admits::Clients => match gate.admit(&head).await? {
            Some(principal) => {
                let allowances = *principal.allowances();
                request.extensions_mut().insert(principal);
                Ok(allowances)
            }
            None => {
                request.extensions_mut().insert(Anonymous);
                Ok(Allowances::default())
            }
        },
        Admits::Provider => {
            let principal = gate.admit_provider(&head).await?;
            let allowances = *principal.allowances();
            request.extensions_mut().insert(principal);
            Ok(allowances)
        }
        Admits::All => {
            let principal = gate.admit_any(&head).await?;
            let allowances = *principal.allowances();
            // Also for what is counted of each client.
            if let AnyPrincipal::Client(client) = &principal {
                request.extensions_mut().insert(client.clone());
            }
            request.extensions_mut().insert(principal);
            Ok(allowances)
        }
    }
}
