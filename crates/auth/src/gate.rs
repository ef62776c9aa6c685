use crate::{
    AnyPrincipal, Authenticator, Authorize, Call, Header, KeySource, Origin, Panicked,
    PresentedCredential, Principal, ProviderPrincipal, Refusal, Rejection, SessionCookies,
    SessionKind, VerificationRequest, admitted::Admitted,
    collected_credential::CollectedCredential, rejection::NOSNIFF, uncached,
};
use central_logger_keys::Scope;
use futures_util::FutureExt;
use std::{borrow::Cow, fmt, net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

/// The part of a request that a [`Gate`] looks at, whatever library it comes from.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Gate, RequestHead};
/// # use std::sync::Arc;
/// use std::net::IpAddr;
///
/// struct Message {
///     key: String,
/// }
///
/// impl RequestHead for Message {
///     fn method(&self) -> &str {
///         "POST"
///     }
///     fn path(&self) -> &str {
///         "/inbox"
///     }
///     fn query(&self) -> Option<&str> {
///         None
///     }
///     fn header<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
///         (name == "x-api-key").then_some(self.key.as_bytes()).into_iter()
///     }
///     fn peer(&self) -> Option<IpAddr> {
///         None
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// let message = Message { key: "xyz789_real_key".to_owned() };
/// let caller = Gate::new(authenticator).admit(&message).await?;
/// assert!(caller.is_some_and(|principal| principal.client_id().as_str() == "acme_corp"));
/// # Ok(())
/// # }
/// ```
pub trait RequestHead {
    /// The method, such as `GET`.
    fn method(&self) -> &str;

    /// The path, as it was sent.
    fn path(&self) -> &str;

    /// The query, without its question mark.
    fn query(&self) -> Option<&str>;

    /// All values of the header of this name, which is in lower case, in their order.
    fn header<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]>;

    /// The other end of the connection, if known.
    fn peer(&self) -> Option<IpAddr>;
}

/// What a service or one of its routes asks of a request. Adapters put it before handlers, and leave
/// all that is to be decided to it.
///
/// # Examples
///
/// ```
/// # use central_logger_auth::{Authenticator, Call, Gate, KeySource, Problem};
/// # use central_logger_key_store::MemoryKeys;
/// # use std::sync::Arc;
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(MemoryKeys::new())));
/// let gate = Gate::new(authenticator)
///     .keys_from([KeySource::header("X-Acme-Key"), KeySource::Bearer])
///     .authorize_with(|call: &Call<'_>| match call.principal.client_id().as_str() {
///         "widget_co" => Err(Problem::new(402, "Payment Required", "Please pay your bill")),
///         _ => Ok(()),
///     });
/// ```
#[derive(Clone)]
pub struct Gate {
    authenticator: Arc<Authenticator>,
    sources: Arc<[KeySource]>,
    /// The names of the headers that [`sources`](Self::sources) stand in.
    vary: Arc<str>,
    sessions: Option<SessionCookies>,
    required: Option<Scope>,
    is_optional: bool,
    hook: Option<Arc<dyn Authorize>>,
}

impl Gate {
    /// Lets any good key through that stands in one of the [standard](KeySource::standard) places.
    pub fn new(authenticator: Arc<Authenticator>) -> Self {
        Self {
            authenticator,
            sources: KeySource::standard().into(),
            vary: uncached::vary(&KeySource::standard()).into(),
            sessions: None,
            required: None,
            is_optional: false,
            hook: None,
        }
    }

    /// Looks for the key in these places, and no others. Different keys in two of them are refused.
    #[must_use]
    pub fn keys_from(mut self, sources: impl IntoIterator<Item = KeySource>) -> Self {
        self.sources = sources.into_iter().collect();
        self.vary = self.vary();
        self
    }

    /// Takes sessions, too, where a request has no key in any other place. The authenticator must
    /// [know](Authenticator::with_sessions) where they are kept.
    ///
    /// A change, which is every request but `GET`, `HEAD`, `OPTIONS` and `TRACE`, is refused unless a page of
    /// this server has asked for it.
    #[must_use]
    pub fn with_sessions(mut self, cookies: SessionCookies) -> Self {
        self.sessions = Some(cookies);
        self.vary = self.vary();
        self
    }

    fn vary(&self) -> Arc<str> {
        let vary = uncached::vary(&self.sources);
        match self.sessions {
            Some(_) => uncached::merged_vary("Cookie", [vary.as_bytes()]).into(),
            None => vary.into(),
        }
    }

    /// Lets only keys with `scope` through.
    #[must_use]
    pub fn require(mut self, scope: Scope) -> Self {
        self.required = Some(scope);
        self
    }

    /// Lets requests without a key through too, as anonymous. A key that is not good is still
    /// refused.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Asks `hook` about each request whose key is good, and lets it refuse.
    #[must_use]
    pub fn authorize_with(mut self, hook: impl Authorize + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// Headers that every answer has in the place of those of these names, whether the handler was reached
    /// or not: what keeps a cache from giving the answer to anybody else, and a browser from guessing what
    /// it is. They take up what the handler said to caches in its own, all values of which are given.
    pub fn answer_headers<'a>(
        &self,
        cache_control: impl IntoIterator<Item = &'a [u8]>,
        vary: impl IntoIterator<Item = &'a [u8]>,
    ) -> Vec<Header> {
        let mut headers = vec![
            NOSNIFF,
            ("cache-control", uncached::cache_control(cache_control)),
        ];
        let vary = uncached::merged_vary(&self.vary, vary);
        if !vary.is_empty() {
            headers.push(("vary", vary.into()));
        }
        headers
    }

    /// Tells who is calling: nobody, if no key is needed and there is none.
    ///
    /// # Errors
    /// When the request does not get through.
    pub async fn admit(&self, request: &impl RequestHead) -> Result<Option<Principal>, Rejection> {
        // A store or a hook may be anybody's.
        let admitted = AssertUnwindSafe(self.decide(request)).catch_unwind().await;
        admitted.unwrap_or_else(|_| {
            tracing::error!("a request could not be judged: a store or a hook panicked");
            Err(Panicked.into())
        })
    }

    /// Admits a program of the provider, by a key of the provider. Neither [`optional`](Self::optional) nor
    /// [`authorize_with`](Self::authorize_with) has an effect on it.
    ///
    /// # Errors
    /// When the request is to be refused; the rejection has the answer.
    pub async fn admit_provider(
        &self,
        request: &impl RequestHead,
    ) -> Result<ProviderPrincipal, Rejection> {
        self.admit_of(request, &[SessionKind::Provider]).await
    }

    /// Admits a client or a program of the provider, for what both may do. Neither
    /// [`optional`](Self::optional) nor [`authorize_with`](Self::authorize_with) has an effect on it.
    ///
    /// # Errors
    /// When the request is to be refused; the rejection has the answer.
    pub async fn admit_any(&self, request: &impl RequestHead) -> Result<AnyPrincipal, Rejection> {
        let kinds = [SessionKind::Client, SessionKind::Provider];
        self.admit_of(request, &kinds).await
    }

    async fn admit_of<P: Admitted>(
        &self,
        request: &impl RequestHead,
        kinds: &[SessionKind],
    ) -> Result<P, Rejection> {
        let collected = self.collect(request);
        let admitted = self.authenticate(request, &collected, kinds);
        // A store may be anybody's.
        match AssertUnwindSafe(admitted).catch_unwind().await {
            Ok(admitted) => Ok(admitted?),
            Err(_) => {
                tracing::error!("a request could not be judged: a store panicked");
                Err(Panicked.into())
            }
        }
    }

    /// Finds out who is calling: by the key, and without one by the session, if there is one of these kinds.
    async fn authenticate<P: Admitted>(
        &self,
        request: &impl RequestHead,
        collected: &CollectedCredential<Cow<'_, [u8]>>,
        kinds: &[SessionKind],
    ) -> Result<P, Refusal> {
        let verification = self.verification(request, collected);
        if verification.presented != PresentedCredential::Missing {
            return self.authenticator.judge(verification).await;
        }
        let Some(cookies) = &self.sessions else {
            return self.authenticator.judge(verification).await;
        };
        for kind in kinds {
            let Some(cookie) = cookies.source(*kind, request) else {
                continue;
            };
            let mut session = CollectedCredential::None;
            cookie.collect(request, &mut session);
            let verification = VerificationRequest {
                presented: session.presented(),
                ..verification.clone()
            };
            if verification.presented == PresentedCredential::Missing {
                continue;
            }
            if !cookies.allow(request) {
                return Err(Refusal::CrossSite);
            }
            return self.authenticator.judge_session(verification).await;
        }
        self.authenticator.judge(verification).await
    }

    fn collect<'r>(&'r self, request: &'r impl RequestHead) -> CollectedCredential<Cow<'r, [u8]>> {
        let mut collected = CollectedCredential::None;
        for source in self.sources.iter() {
            source.collect(request, &mut collected);
        }
        collected
    }

    fn verification<'c>(
        &self,
        request: &impl RequestHead,
        collected: &'c CollectedCredential<Cow<'_, [u8]>>,
    ) -> VerificationRequest<'c> {
        VerificationRequest {
            presented: collected.presented(),
            origin: self.origin(request),
            required: self.required.clone(),
        }
    }

    fn origin(&self, request: &impl RequestHead) -> Origin {
        let proxies = self.authenticator.trusted_proxies();
        proxies.origin(request.peer(), request.header("x-forwarded-for"))
    }

    async fn decide(&self, request: &impl RequestHead) -> Result<Option<Principal>, Rejection> {
        let collected = self.collect(request);
        let kinds = [SessionKind::Client];
        let admitted = self.authenticate::<Principal>(request, &collected, &kinds);
        let principal = match admitted.await {
            Err(Refusal::Missing) if self.is_optional => return Ok(None),
            admitted => admitted?,
        };
        if let Some(hook) = &self.hook {
            let origin = self.origin(request);
            let call = Call {
                principal: &principal,
                method: request.method(),
                path: request.path(),
                address: origin.caller(),
            };
            let refused = hook.authorize(&call).await;
            refused.map_err(|problem| Rejection::denied(problem, *principal.allowances()))?;
        }
        Ok(Some(principal))
    }
}

/// A gate that any good key opens.
impl From<Arc<Authenticator>> for Gate {
    fn from(authenticator: Arc<Authenticator>) -> Self {
        Self::new(authenticator)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("sources", &self.sources)
            .field("required", &self.required)
            .field("is_optional", &self.is_optional)
            .finish_non_exhaustive()
    }
}
