use crate::service::response;
use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use central_logger_auth::{
    Principal, Refusal, Rejection,
    scopes::{self, Any, Needed},
};
use http::request::Parts;
use std::{marker::PhantomData, ops::Deref};

/// Who is calling, for handlers of axum behind [`ApiKeyLayer`](crate::ApiKeyLayer).
///
/// `Caller<`[`LogsWrite`](scopes::LogsWrite)`>` is a caller whose key has that scope; whose has not
/// is answered 403. `Option<Caller>` is for routes that need [no key](crate::ApiKeyLayer::optional).
///
/// Without the layer the handler is never reached, and the answer is 500.
#[derive(Debug, Clone)]
pub struct Caller<S = Any> {
    principal: Principal,
    scope: PhantomData<fn() -> S>,
}

/// The answer in the place of a handler's whose [`Caller`] there is not.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CallerRejection(#[from] Rejection);

impl<S> Caller<S> {
    fn new(principal: Principal) -> Self {
        Self {
            principal,
            scope: PhantomData,
        }
    }

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

impl<S: Needed, T: Sync> FromRequestParts<T> for Caller<S> {
    type Rejection = CallerRejection;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> Result<Self, CallerRejection> {
        let caller = <Self as OptionalFromRequestParts<T>>::from_request_parts(parts, state);
        Ok(caller.await?.ok_or(Rejection::from(Refusal::Missing))?)
    }
}

impl<S: Needed, T: Sync> OptionalFromRequestParts<T> for Caller<S> {
    type Rejection = CallerRejection;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Result<Option<Self>, CallerRejection> {
        let found = &parts.extensions;
        let caller = scopes::caller::<S>(parts.uri.path(), found.get(), found.get())?;
        Ok(caller.map(Self::new))
    }
}

impl IntoResponse for CallerRejection {
    fn into_response(self) -> Response {
        response(self.0.answer()).into_response()
    }
}
