use std::{borrow::Cow, fmt::Write};

/// A limit on requests.
///
/// # Examples
///
/// ```
/// use central_logger_auth::Limit;
///
/// assert_eq!(Limit::Rate.as_str(), "rate");
/// assert_eq!(Limit::Failures.as_str(), "failures");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// The rate of the key.
    Rate,
    /// The client's quota of the day.
    Day,
    /// The client's quota of the month.
    Month,
    /// Failed attempts from one address.
    Failures,
}

/// What a limit leaves after a request.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Allowance, Limit, Principal};
///
/// /// How many more requests the key may send at once.
/// fn room(principal: &Principal) -> Option<u32> {
///     let mut limits = principal.allowances().iter();
///     limits.find(|each| each.limit == Limit::Rate).map(|rate| rate.remaining)
/// }
/// # use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// # use central_logger_key_store::{Actor, MemoryKeys, NewKey};
/// # use central_logger_keyring::Keyring;
/// # use central_logger_hash_pool::HashPool;
/// # use central_logger_times::SystemClock;
/// # use central_logger_keys::{KeyHasher, KeyPrefix};
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = Arc::new(MemoryKeys::new());
/// # let (hashes, clock) = (HashPool::new(KeyHasher::new()), Arc::new(SystemClock));
/// # let keyring = Keyring::new(store.clone(), hashes.clone(), clock, Actor::new("me"));
/// # let acme = "acme_corp".parse()?;
/// // A key of 600 requests a minute, of which 60 may come at once, has sent its first:
/// # let new = NewKey { rate_limit: Some("600/m".parse()?), ..NewKey::for_client(acme) };
/// # let issued = keyring.issue(&KeyPrefix::default(), new).await?;
/// # let authenticator = Authenticator::new(store).with_hashes(hashes);
/// # let presented = PresentedCredential::Key(issued.api_key.expose_secret().as_bytes());
/// # let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(request).await?;
/// assert_eq!(room(&principal), Some(59));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Which limit.
    pub limit: Limit,
    /// How many requests it allows in a window.
    pub quota: u32,
    /// The window, in seconds.
    pub window: u32,
    /// How many requests may come at once from now on.
    pub remaining: u32,
    /// The seconds until more may come; at a limit that is reached, those to wait.
    pub reset: u32,
}

/// What all limits that a request is under leave.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Allowance, Allowances, Limit};
///
/// let rate = Allowance { limit: Limit::Rate, quota: 100, window: 1, remaining: 9, reset: 1 };
/// let headers: Vec<_> = Allowances::from(rate).headers().collect();
/// assert_eq!(headers[0], ("ratelimit-policy", r#""rate";q=100;w=1"#.to_owned()));
/// assert_eq!(headers[1], ("ratelimit", r#""rate";r=9;t=1"#.to_owned()));
/// assert_eq!(Allowances::default().headers().count(), 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowances([Option<Allowance>; 3]);

/// A header: name in lower case, then value.
pub type Header = (&'static str, Cow<'static, str>);

impl Limit {
    /// The limit in one word, as headers and metrics call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Day => "day",
            Self::Month => "month",
            Self::Failures => "failures",
        }
    }
}

impl Allowances {
    /// A key is told of three limits at most: a rate and two quotas. Of several rates it is the one that
    /// leaves least.
    pub(crate) fn add(&mut self, allowance: Allowance) {
        let mut held = self.0.iter_mut();
        let place = held.find(|held| held.is_none_or(|held| held.limit == allowance.limit));
        let Some(place) = place else {
            return;
        };
        if place.is_none_or(|held| allowance.remaining <= held.remaining) {
            *place = Some(allowance);
        }
    }

    /// One for each limit.
    pub fn iter(&self) -> impl Iterator<Item = &Allowance> {
        self.0.iter().flatten()
    }

    /// The fields `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10, for
    /// the response; none when there is no limit. Names are in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let (mut policies, mut limits) = (String::new(), String::new());
        for allowance in self.iter() {
            let separator = if limits.is_empty() { "" } else { ", " };
            let name = allowance.limit.as_str();
            let Allowance {
                quota,
                window,
                remaining,
                reset,
                ..
            } = allowance;
            // Writing to a string does not fail.
            let _ = write!(policies, "{separator}\"{name}\";q={quota};w={window}");
            let _ = write!(limits, "{separator}\"{name}\";r={remaining};t={reset}");
        }
        let fields = [("ratelimit-policy", policies), ("ratelimit", limits)];
        fields.into_iter().filter(|(_, value)| !value.is_empty())
    }
}

impl From<Allowance> for Allowances {
    fn from(allowance: Allowance) -> Self {
        Self([Some(allowance), None, None])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_list_every_limit() {
        let mut allowances = Allowances::default();
        assert_eq!(allowances.headers().count(), 0);
        let rate = Allowance {
            limit: Limit::Rate,
            quota: 100,
            window: 1,
            remaining: 9,
            reset: 1,
        };
        let day = Allowance {
            limit: Limit::Day,
            quota: 5000,
            window: 86_400,
            remaining: 0,
            reset: 77,
        };
        allowances.add(rate);
        allowances.add(day);
        let headers: Vec<_> = allowances.headers().collect();
        let policies = r#""rate";q=100;w=1, "day";q=5000;w=86400"#;
        let limits = r#""rate";r=9;t=1, "day";r=0;t=77"#;
        let expected = [
            ("ratelimit-policy", policies.to_owned()),
            ("ratelimit", limits.to_owned()),
        ];
        assert_eq!(headers, expected);
    }
}
