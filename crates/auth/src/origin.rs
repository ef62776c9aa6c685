use std::net::IpAddr;

/// Where a request comes from, as far as it is known.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Origin, TrustedProxies};
///
/// let proxies = TrustedProxies::new("10.0.0.0/8".parse()?);
/// let proxy = "10.0.0.1".parse()?;
/// let origin = proxies.origin(Some(proxy), [&b"unknown"[..]].into_iter());
/// assert_eq!(origin, Origin::Behind(proxy));
/// assert_eq!(origin.caller(), None, "the proxy does not say who calls");
/// assert_eq!(origin.nearest(), Some(proxy), "but somebody answers for it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nothing is known.
    #[default]
    Unknown,
    /// The address of the caller.
    Caller(IpAddr),
    /// Somewhere behind this trusted proxy, which says in no intelligible way where.
    Behind(IpAddr),
}

impl Origin {
    /// The address of the caller, by which keys that are bound to networks are judged.
    pub fn caller(self) -> Option<IpAddr> {
        match self {
            Self::Caller(address) => Some(address),
            Self::Unknown | Self::Behind(_) => None,
        }
    }

    /// The address that the request counts for: the caller's, or else the nearest one known.
    pub fn nearest(self) -> Option<IpAddr> {
        match self {
            Self::Caller(address) | Self::Behind(address) => Some(address),
            Self::Unknown => None,
        }
    }
}

/// The address of the caller, if it is known.
impl From<Option<IpAddr>> for Origin {
    fn from(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Unknown, Self::Caller)
    }
}
