use crate::CallerRejection;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use central_logger_auth::{
    Principal, Refusal, Rejection,
    scopes::{self, Any, RequiredScope},
};
use std::{
    future::{Ready, ready},
    marker::PhantomData,
    ops::Deref,
};

/// Who is calling, for handlers behind [`ApiKeyAuth`](crate::ApiKeyAuth).
///
/// `Caller<S>` is a caller whose key has the [scope](RequiredScope) `S`; whose has not is answered 403. `Option<Caller>` is for routes that need [no key](crate::ApiKeyAuth::optional).
/// It is nothing whenever there is no such `Caller`, since actix-web asks no further: for a key
/// without the scope too, and, with an error in the log, where the middleware is missing.
///
/// Without the middleware the handler is never reached, and the answer is 500.
///
/// # Examples
///
/// ```
/// use actix_web::{App, test, web};
/// use central_logger_auth::scopes::RequiredScope;
/// use central_logger_auth_actix::{ApiKeyAuth, Caller};
/// use central_logger_keys::Scope;
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
/// let auth = ApiKeyAuth::new(authenticator);
/// let app = App::new().route("/notes", web::post().to(write).wrap(auth));
/// let app = test::init_service(app).await;
/// let request = test::TestRequest::post().uri("/notes");
/// let request = request.insert_header(("X-API-Key", "xyz789_real_key")).to_request();
/// assert_eq!(test::call_and_read_body(&app, request).await, "acme_corp may write");
/// # Ok(())
/// # }
/// ```
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

impl<S: RequiredScope> FromRequest for Caller<S> {
    type Error = CallerRejection;
    type Future = Ready<Result<Self, CallerRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions();
        let route = || request.match_pattern();
        let caller = scopes::caller::<S>(route, found.get(), found.get());
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
