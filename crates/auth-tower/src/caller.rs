use crate::service::response;
use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use central_logger_auth::{
    Principal, Refusal, Rejection,
    scopes::{self, Any, RequiredScope},
};
use http::request::Parts;
use std::{marker::PhantomData, ops::Deref};

/// Who is calling, for handlers of axum behind [`ApiKeyLayer`](crate::ApiKeyLayer).
///
/// `Caller<S>` is a caller whose key has the [scope](RequiredScope) `S`; whose has not is answered 403. `Option<Caller>` is for routes that need [no key](crate::ApiKeyLayer::optional).
///
/// Without the layer the handler is never reached, and the answer is 500.
///
/// # Examples
///
/// ```
/// use axum::{Router, body::Body, extract::Request, routing::post};
/// use central_logger_auth::scopes::RequiredScope;
/// use central_logger_auth_tower::{ApiKeyLayer, Caller};
/// use central_logger_keys::Scope;
/// use http_body_util::BodyExt;
/// use tower::ServiceExt;
/// # use central_logger_auth::Authenticator;
/// # use std::sync::Arc;
///
/// struct NotesWrite;
///
/// impl RequiredScope for NotesWrite {
///     const SCOPE: Option<Scope> = Some(Scope::from_static("notes:write"));
/// }
///
/// async fn write(caller: Caller<NotesWrite>) -> String {
///     format!("{} may write", caller.client_id())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let scopes = "notes:write".parse()?;
/// # let store = StaticKeys::with_scopes(&keys, scopes, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// let app = Router::new().route("/notes", post(write)).layer(ApiKeyLayer::new(authenticator));
/// let request = Request::post("/notes").header("X-API-Key", "xyz789_real_key");
/// let response = app.oneshot(request.body(Body::empty())?).await?;
/// assert_eq!(response.into_body().collect().await?.to_bytes(), "acme_corp may write");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Caller<S = Any> {
    principal: Principal,
    scope: PhantomData<fn() -> S>,
}

/// The answer in the place of a handler's whose [`Caller`] there is not.
///
/// # Examples
///
/// ```
/// use axum::{Router, body::Body, extract::Request, routing::get};
/// use central_logger_auth_tower::Caller;
/// use tower::ServiceExt;
///
/// async fn hello(caller: Caller) -> String {
///     format!("Hello {}", caller.client_id())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let without_layer = Router::new().route("/", get(hello));
/// let response = without_layer.oneshot(Request::new(Body::empty())).await?;
/// assert_eq!(response.status(), 500);
/// # Ok(())
/// # }
/// ```
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

impl<S: RequiredScope, T: Sync> FromRequestParts<T> for Caller<S> {
    type Rejection = CallerRejection;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> Result<Self, CallerRejection> {
        let caller = <Self as OptionalFromRequestParts<T>>::from_request_parts(parts, state);
        Ok(caller.await?.ok_or(Rejection::from(Refusal::Missing))?)
    }
}

impl<S: RequiredScope, T: Sync> OptionalFromRequestParts<T> for Caller<S> {
    type Rejection = CallerRejection;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Result<Option<Self>, CallerRejection> {
        let found = &parts.extensions;
        let caller = scopes::caller::<S>(|| None, found.get(), found.get())?;
        Ok(caller.map(Self::new))
    }
}

impl IntoResponse for CallerRejection {
    fn into_response(self) -> Response {
        response(self.0.answer()).into_response()
    }
}
