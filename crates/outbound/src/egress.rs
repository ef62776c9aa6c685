use std::str::FromStr;

/// The addresses to which requests may go: protection against requests to internal services (SSRF).
///
/// # Examples
///
/// ```
/// use central_logger_outbound::EgressPolicy;
///
/// assert_eq!(EgressPolicy::default(), EgressPolicy::PublicOnly);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EgressPolicy {
    /// Addresses of the public internet, with HTTPS.
    #[default]
    PublicOnly,
    /// Private addresses and this machine too, also with HTTP.
    Anywhere,
}

/// Error returned when parsing an [`EgressPolicy`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_outbound::{InvalidEgressPolicy, EgressPolicy};
///
/// assert_eq!("anywhere".parse(), Ok(EgressPolicy::Anywhere));
/// assert_eq!("nowhere".parse::<EgressPolicy>(), Err(InvalidEgressPolicy));
/// assert_eq!(InvalidEgressPolicy.to_string(), "webhooks go to public addresses, or anywhere");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("webhooks go to public addresses, or anywhere")]
pub struct InvalidEgressPolicy;

/// Parses `public` or `anywhere`.
impl FromStr for EgressPolicy {
    type Err = InvalidEgressPolicy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "public" => Ok(Self::PublicOnly),
            "anywhere" => Ok(Self::Anywhere),
            _ => Err(InvalidEgressPolicy),
        }
    }
}
