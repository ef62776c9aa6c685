use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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

    /// The network of that address, as records of changes name it: /24 in IPv4, /64 in IPv6.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_auth::Origin;
    ///
    /// let origin = Origin::Caller("192.0.2.77".parse()?);
    /// assert_eq!(origin.network().as_deref(), Some("192.0.2.0/24"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn network(self) -> Option<String> {
        Some(match self.nearest()?.to_canonical() {
            IpAddr::V4(address) => {
                let network = address.to_bits() & (u32::MAX << 8);
                format!("{}/24", Ipv4Addr::from_bits(network))
            }
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                format!("{}/64", Ipv6Addr::from_bits(network))
            }
        })
    }
}

/// The address of the caller, if it is known.
impl From<Option<IpAddr>> for Origin {
    fn from(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Unknown, Self::Caller)
    }
}

/// The network in which an address is shown to people: /24 in IPv4, /64 in IPv6.
///
/// # Examples
///
/// ```
/// use central_logger_auth::subnet;
///
/// assert_eq!(subnet("192.0.2.77".parse()?), "192.0.2.0/24");
/// assert_eq!(subnet("2001:db8:1:2:3:4:5:6".parse()?), "2001:db8:1:2::/64");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn subnet(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let network = address.to_bits() & (u32::MAX << 8);
            format!("{}/24", Ipv4Addr::from_bits(network))
        }
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
    }
}
