use crate::ApiKeyService;
use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use central_logger_auth::Gate;
use central_logger_keys::Scope;
use std::future::{Ready, ready};

/// Middleware that lets only requests with a good API key through, and answers all others.
///
/// Wrap a route in it once: each layer of it verifies, and counts, anew. It can be made outside of
/// `HttpServer::new` and cloned into it.
///
/// # Examples
///
/// ```
/// # use central_logger_auth::{Authenticator, Gate, KeySource};
/// # use central_logger_key_store::MemoryKeys;
/// # use central_logger_keys::Scope;
/// # use std::sync::Arc;
/// use actix_web::{App, web};
/// use central_logger_auth_actix::ApiKeyAuth;
///
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(MemoryKeys::new())));
/// # async fn read() -> &'static str { "" }
/// # async fn write() -> &'static str { "" }
/// # async fn status() -> &'static str { "" }
/// let auth = ApiKeyAuth::new(authenticator);
/// let app = App::new()
///     .service(
///         web::resource("/logs")
///             .route(web::get().to(read).wrap(auth.clone().require(Scope::from_static("notes:read"))))
///             .route(web::post().to(write).wrap(auth.clone().require(Scope::from_static("notes:write")))),
///     )
///     .route("/status", web::get().to(status).wrap(auth.optional()));
/// ```
#[derive(Debug, Clone)]
pub struct ApiKeyAuth {
    gate: Gate,
    admits: Admits,
}

/// Whose requests get through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admits {
    Clients,
    Provider,
    All,
}

impl ApiKeyAuth {
    /// Lets through what the gate does: an [`Authenticator`](central_logger_auth::Authenticator) in
    /// an [`Arc`](std::sync::Arc) is one that any good key opens.
    pub fn new(gate: impl Into<Gate>) -> Self {
        Self {
            gate: gate.into(),
            admits: Admits::Clients,
        }
    }

    /// Lets the provider's own programs and people through, and no client. Handlers find a
    /// [`ProviderPrincipal`](central_logger_auth::ProviderPrincipal) as
    /// [`ReqData`](actix_web::web::ReqData).
    #[must_use]
    pub fn of_provider(self) -> Self {
        Self {
            admits: Admits::Provider,
            ..self
        }
    }

    /// Lets both clients and the provider through. Handlers find an
    /// [`AnyPrincipal`](central_logger_auth::AnyPrincipal) as [`ReqData`](actix_web::web::ReqData).
    #[must_use]
    pub fn of_all(self) -> Self {
        Self {
            admits: Admits::All,
            ..self
        }
    }

    /// Lets only keys with `scope` through.
    #[must_use]
    pub fn require(mut self, scope: Scope) -> Self {
        self.gate = self.gate.require(scope);
        self
    }

    /// Lets requests without a key through too, as anonymous. A key that is not good is still
    /// refused.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.gate = self.gate.optional();
        self
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
        ready(Ok(ApiKeyService::new(self.gate.clone(), self.admits, next)))
    }
}
