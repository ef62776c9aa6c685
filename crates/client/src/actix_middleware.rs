//! Middleware for actix-web.

use crate::{client::Client, client::Handle, entry::Entry};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use std::{
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

/// Middleware of actix-web that logs each request as a run of the workflow `METHOD PATTERN`, such as `GET /items/{id}`:
/// `FAILED` when the answer is 500 or above, or when there is none.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use central_logger_client::Client;
///
/// let client = Client::builder().build();
/// let app = App::new()
///     .wrap(client.actix_middleware())
///     .route("/items/{id}", web::get().to(async || "three"));
/// # let _ = app;
/// # client.close(std::time::Duration::ZERO);
/// ```
#[derive(Debug, Clone)]
pub struct ActixMiddleware(Handle);

/// The service that [`ActixMiddleware`] makes of another.
///
/// # Examples
///
/// ```
/// // actix-web makes it.
/// fn wrapped<S>(_: central_logger_client::ActixService<S>) {}
/// ```
#[derive(Debug)]
pub struct ActixService<S> {
    inner: S,
    handle: Handle,
}

impl Client {
    /// Middleware that logs each request as a run.
    pub fn actix_middleware(&self) -> ActixMiddleware {
        ActixMiddleware(self.handle())
    }
}

impl<S, B> Transform<S, ServiceRequest> for ActixMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = ActixService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ActixService {
            inner,
            handle: self.0.clone(),
        }))
    }
}

impl<S, B> Service<ServiceRequest> for ActixService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // A path may have secrets, and has no end of values.
        let route = request
            .match_pattern()
            .unwrap_or_else(|| "unknown".to_owned());
        let method = request.method().as_str();
        let entry = Entry::default().workflow(format!("{method} {route}"));
        let run = self
            .handle
            .start_run(entry.with("method", method).with("route", route));
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answered = answer.await;
            run.answer(match &answered {
                Ok(response) => response.status().as_u16(),
                Err(error) => error.as_response_error().status_code().as_u16(),
            });
            answered
        })
    }
}
