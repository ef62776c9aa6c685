use crate::CallerRejection;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use central_logger_auth::{
    Principal, Refusal, Rejection,
    scopes::{self, Any, Needed},
};
use std::{
    future::{Ready, ready},
    marker::PhantomData,
    ops::Deref,
};

/// Who is calling, for handlers behind [`ApiKeyAuth`](crate::ApiKeyAuth).
///
/// `Caller<`[`LogsWrite`](scopes::LogsWrite)`>` is a caller whose key has that scope; whose has not
/// is answered 403. `Option<Caller>` is for routes that need [no key](crate::ApiKeyAuth::optional).
/// It is nothing whenever there is no such `Caller`, since actix-web asks no further: for a key
/// without the scope too, and, with an error in the log, where the middleware is missing.
///
/// Without the middleware the handler is never reached, and the answer is 500.
#[derive(Debug, Clone)]
pub struct Caller<S = Any> {
    principal: Principal,
    scope: PhantomData<fn() -> S>,
}

impl<S> Caller<S> {
    /// Who is calling, to be kept.
    pub fn into_principal(self) -> Principal {
        self.principal
    }
}

impl<S> Deref for Caller<S> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl<S: Needed> FromRequest for Caller<S> {
    type Error = CallerRejection;
    type Future = Ready<Result<Self, CallerRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions();
        let caller = scopes::caller::<S>(request.path(), found.get(), found.get());
        ready(match caller {
            Ok(Some(principal)) => Ok(Self {
                principal,
                scope: PhantomData,
            }),
            Ok(None) => Err(Rejection::from(Refusal::Missing).into()),
            Err(rejection) => Err(rejection.into()),
        })
    }
}
