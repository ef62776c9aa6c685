use crate::{Principal, Problem};
use async_trait::async_trait;
use std::net::IpAddr;

/// A service's own say in who gets through. Any function from a [`Call`] to
/// `Result<(), `[`Problem`]`>` is one; implement the trait where something must be waited for.
///
/// # Examples
///
/// ```
/// use async_trait::async_trait;
/// use central_logger_auth::{Authorize, Call, Problem};
///
/// struct Contracts(/* a pool of connections … */);
///
/// #[async_trait]
/// impl Authorize for Contracts {
///     async fn authorize(&self, call: &Call<'_>) -> Result<(), Problem> {
///         match self.has_ended(call.principal.client_id().as_str()).await {
///             false => Ok(()),
///             true => Err(Problem::new(403, "Contract Ended", "Please renew your contract")),
///         }
///     }
/// }
/// # impl Contracts { async fn has_ended(&self, _: &str) -> bool { false } }
/// ```
#[async_trait]
pub trait Authorize: Send + Sync {
    /// Lets a request through whose key is good, or says what it is answered.
    ///
    /// # Errors
    /// When the request does not get through.
    async fn authorize(&self, call: &Call<'_>) -> Result<(), Problem>;
}

/// A request whose key is good.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authorize, Call, Problem};
/// # use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// # let presented = PresentedCredential::Key(b"xyz789_real_key");
/// # let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(request).await?;
/// let read_only = |call: &Call<'_>| match call.method {
///     "GET" | "HEAD" => Ok(()),
///     _ => Err(Problem::new(403, "Forbidden", "Nothing is changed on Sundays")),
/// };
/// let call = Call { principal: &principal, method: "POST", path: "/notes", address: None };
/// assert_eq!(read_only.authorize(&call).await.unwrap_err().status, 403);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Who is calling.
    pub principal: &'a Principal,
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// Where it comes from, if known: behind trusted proxies, what they say in an intelligible way.
    pub address: Option<IpAddr>,
}

#[async_trait]
impl<F> Authorize for F
where
    F: Fn(&Call<'_>) -> Result<(), Problem> + Send + Sync,
{
    async fn authorize(&self, call: &Call<'_>) -> Result<(), Problem> {
        self(call)
    }
}
