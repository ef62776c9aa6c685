use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, dev::Payload, error::ErrorInternalServerError,
};
use central_logger_auth::Principal;
use std::{
    future::{Ready, ready},
    ops::Deref,
};

/// Who is calling, for handlers behind [`ApiKeyAuth`](crate::ApiKeyAuth).
///
/// Without that middleware the handler is never reached, and the answer is 500.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

impl Deref for Caller {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let principal = request.extensions().get::<Principal>().cloned();
        ready(principal.map(Self).ok_or_else(|| {
            tracing::error!(
                path = request.path(),
                "a handler asks for the caller on a route without ApiKeyAuth"
            );
            ErrorInternalServerError("the caller is not known here")
        }))
    }
}
