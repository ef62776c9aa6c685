use crate::{
    answer::{add_headers, response},
    head::Head,
};
use actix_web::{
    Error, HttpMessage,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse},
};
use central_logger_auth::{Allowances, Gate, scopes::Anonymous};
use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

/// What [`ApiKeyAuth`](crate::ApiKeyAuth) makes of the service that it is wrapped around.
#[derive(Debug)]
pub struct ApiKeyService<S>(Rc<Guarded<S>>);

#[derive(Debug)]
struct Guarded<S> {
    gate: Gate,
    next: S,
}

impl<S> ApiKeyService<S> {
    pub(crate) fn new(gate: Gate, next: S) -> Self {
        Self(Rc::new(Guarded { gate, next }))
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
            let allowances = match guarded.gate.admit(&Head(&request)).await {
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
                    let refused = request.into_response(response(rejection.answer()));
                    return Ok(refused.map_into_right_body());
                }
            };
            let mut response = guarded.next.call(request).await?;
            add_headers(&allowances, response.headers_mut());
            Ok(response.map_into_left_body())
        })
    }
}
