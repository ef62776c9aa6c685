use std::{error::Error, io, net::IpAddr};

/// Error returned when there can be no such endpoint. Nothing of the URL is repeated, which may hold a
/// password.
///
/// # Examples
///
/// ```
/// use central_logger_outbound::{EgressPolicy, Endpoint, EndpointError};
///
/// let url = "http://hooks.example.com".parse()?;
/// let error = Endpoint::new(&url, EgressPolicy::PublicOnly).unwrap_err();
/// assert!(matches!(error, EndpointError::Scheme));
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// This is no URL to which a request can be sent.
    #[error("the URL cannot be understood: write https://HOST/PATH")]
    Url(#[source] Box<dyn Error + Send + Sync>),
    /// Another protocol.
    #[error("the URL begins with https://, or with http:// where private addresses are allowed")]
    Scheme,
    /// A name or a password before the host.
    #[error("the URL has no user and no password")]
    Userinfo,
    /// A host that is not on the public internet.
    #[error("the host in the URL is not public")]
    NotPublic,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Error returned when a request has no answer.
///
/// # Examples
///
/// ```
/// use central_logger_outbound::{EgressPolicy, Endpoint};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let endpoint = Endpoint::new(&"http://127.0.0.1:1".parse()?, EgressPolicy::Anywhere)?;
/// let error = endpoint.send(http::Request::new(String::new()), 1024).await.unwrap_err();
/// assert!(!error.may_have_arrived(), "nobody listens there");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The name of the host has no address.
    #[error("the address of the host cannot be found: check its name, and DNS")]
    Unresolved(#[source] io::Error),
    /// The host has this address, maybe among others, which is not public.
    #[error("the host has the address {0}, which is not public")]
    Refused(IpAddr),
    /// No connection can be made.
    #[error("no connection can be made: check that it runs, and the port")]
    Connection(#[source] io::Error),
    /// TLS cannot be negotiated.
    #[error(
        "no TLS that is trusted is offered: check the certificate, and the authorities that this \
         machine trusts"
    )]
    Tls(#[source] io::Error),
    /// The connection ended before an answer, or what came is no HTTP.
    #[error("there was no answer in HTTP")]
    Answer(#[source] Box<dyn Error + Send + Sync>),
    /// The answer is longer than it may be.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

impl SendError {
    /// Returns whether the request may have arrived all the same.
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::TooLong(_))
    }
}
