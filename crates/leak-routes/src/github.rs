#[cfg(test)]
mod tests;

use crate::published_keys::{FetchError, PublishedKey, fetch};
use base64ct::{Base64, Encoding};
use central_logger_outbound::{EgressPolicy, Endpoint, EndpointError};
use central_logger_text::Report;
use central_logger_times::Clock;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
    time::Duration,
};
use url::{Host, Url};

/// What knows a report of GitHub by its signature, and takes each report once.
pub struct GitHub {
    source: KeysUrl,
    clock: Arc<dyn Clock>,
    /// Of those that wait for keys, one fetches them.
    keys: tokio::sync::Mutex<Fetched>,
    taken: std::sync::Mutex<BTreeMap<[u8; 32], Duration>>,
}

/// Where the keys are published.
struct KeysUrl {
    endpoint: Endpoint,
    path: String,
}

/// An address that no keys can be fetched from.
///
/// # Examples
///
/// ```
/// use central_logger_leak_routes::InvalidKeysUrl;
///
/// assert!(InvalidKeysUrl::Malformed.to_string().contains("https://"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKeysUrl {
    /// It is none.
    #[error("the address is https://HOST/PATH")]
    Malformed,
    /// What comes from there could be changed on the way.
    #[error("keys come over https://, or from this machine")]
    Plain,
    /// Nothing can be sent there.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

#[derive(Default)]
struct Fetched {
    keys: Vec<PublishedKey>,
    /// By the time since the start of the clock.
    at: Option<Duration>,
    tried: Option<Duration>,
}

/// Why a report is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// It is not signed by GitHub.
    Unsigned,
    /// It was taken before.
    Replayed,
    /// The keys cannot be had at the moment.
    NoKeys,
}

/// How long keys are used. GitHub changes them now and then, and names the new one then.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long keys are not asked for again, whatever key a request names.
const PAUSE: Duration = Duration::from_secs(60);
/// How long a report is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// How many are.
const MOST_REMEMBERED: usize = 10_000;

impl GitHub {
    /// Returns what fetches keys from this address when it needs them. Reads the authorities that the system
    /// trusts, without yielding.
    ///
    /// # Errors
    /// When no keys can be fetched from there.
    pub fn new(url: &Url, clock: Arc<dyn Clock>) -> Result<Self, InvalidKeysUrl> {
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(InvalidKeysUrl::Malformed),
        };
        if url.scheme() != "https" && !is_here {
            return Err(InvalidKeysUrl::Plain);
        }
        let endpoint = Endpoint::new(url, EgressPolicy::Anywhere)?;
        let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        Ok(Self {
            source: KeysUrl { endpoint, path },
            clock,
            keys: tokio::sync::Mutex::default(),
            taken: std::sync::Mutex::default(),
        })
    }

    /// Checks that GitHub has signed the body, with the key that it names, and that it was not taken before.
    pub(crate) async fn check(
        &self,
        key: &str,
        signature: &str,
        body: &[u8],
    ) -> Result<(), NotTaken> {
        let signature = Base64::decode_vec(signature).map_err(|_| NotTaken::Unsigned)?;
        let point = self.point(key).await?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
        let verified = public.verify(body, &signature);
        verified.map_err(|_| NotTaken::Unsigned)?;
        // By the body: a signature can be written in another way and still fit.
        match self.is_taken(&digest(body)) {
            true => Err(NotTaken::Replayed),
            false => Ok(()),
        }
    }

    /// Remembers a report that was dealt with. One that was not may be sent again.
    pub(crate) fn remember(&self, body: &[u8]) {
        let now = self.clock.elapsed();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|_, at| now.saturating_sub(*at) < REMEMBERED);
        if taken.len() >= MOST_REMEMBERED {
            let oldest = taken
                .iter()
                .min_by_key(|(_, at)| **at)
                .map(|(digest, _)| *digest);
            oldest.map(|digest| taken.remove(&digest));
        }
        taken.insert(digest(body), now);
    }

    fn is_taken(&self, digest: &[u8; 32]) -> bool {
        let now = self.clock.elapsed();
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken
            .get(digest)
            .is_some_and(|at| now.saturating_sub(*at) < REMEMBERED)
    }

    async fn point(&self, id: &str) -> Result<Vec<u8>, NotTaken> {
        let mut fetched = self.keys.lock().await;
        let now = self.clock.elapsed();
        let is_within =
            |at: Option<Duration>, time| at.is_some_and(|at| now.saturating_sub(at) < time);
        let is_fresh = is_within(fetched.at, KEPT) && fetched.point(id).is_some();
        if !is_fresh && !is_within(fetched.tried, PAUSE) {
            fetched.tried = Some(now);
            match fetch(&self.source.endpoint, &self.source.path).await {
                Ok(keys) => (fetched.keys, fetched.at) = (keys, Some(now)),
                Err(error) => self.tell(&error),
            }
        }
        match (fetched.point(id), fetched.at) {
            (Some(point), _) => Ok(point),
            (None, Some(_)) => Err(NotTaken::Unsigned),
            (None, None) => Err(NotTaken::NoKeys),
        }
    }

    fn tell(&self, error: &FetchError) {
        let (origin, error) = (self.source.endpoint.origin(), Report(error).to_string());
        tracing::warn!(origin, error, "the keys of GitHub cannot be fetched");
    }
}

impl Fetched {
    fn point(&self, id: &str) -> Option<Vec<u8>> {
        let key = self.keys.iter().find(|key| key.id == id)?;
        Some(key.point.clone())
    }
}

fn digest(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GitHub")
            .field(&self.source.endpoint)
            .finish()
    }
}
