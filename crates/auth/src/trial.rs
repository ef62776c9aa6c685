use crate::{InvalidReason, Refusal, failure_limit::FailureLimit};
use central_logger_key_store::Clock;
use central_logger_keys::{ApiKey, KeyDigest, KeyId};
use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

/// A presented key on its way through the stores. It is parsed when one of them must be asked: a key
/// that is remembered is found by the digest of its bytes.
pub(crate) struct Trial<'a> {
    bytes: &'a [u8],
    pub(crate) digest: KeyDigest,
    key: OnceLock<Arc<ApiKey>>,
    from: Option<IpAddr>,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(bytes: &'a [u8], from: Option<IpAddr>) -> Self {
        Self {
            bytes,
            digest: KeyDigest::of(bytes),
            key: OnceLock::new(),
            from,
        }
    }

    pub(crate) fn key(&self) -> Result<&Arc<ApiKey>, Refusal> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let text = str::from_utf8(self.bytes).ok();
        let key = text.and_then(|text| ApiKey::parse(text).ok());
        let key = key.ok_or(Refusal::Invalid(InvalidReason::Malformed))?;
        Ok(self.key.get_or_init(|| Arc::new(key)))
    }

    /// The id that the key claims, if anybody has looked.
    pub(crate) fn claimed_id(&self) -> Option<&KeyId> {
        self.key.get()?.key_id()
    }

    /// Refuses work that is too dear for an address that has failed too often.
    pub(crate) fn may_cost(
        &self,
        failures: &FailureLimit,
        clock: &dyn Clock,
    ) -> Result<(), Refusal> {
        let exhausted = self.from.map_or(Ok(()), |from| failures.check(from, clock));
        exhausted.map_err(|reached| Refusal::Limited(reached.into()))
    }
}
