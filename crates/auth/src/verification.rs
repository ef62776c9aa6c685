use crate::{
    InvalidReason, Refusal,
    failure_limit::{FailureLimit, Payment, network},
};
use central_logger_keys::{ApiKey, KeyDigest, KeyId};
use central_logger_times::Clock;
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, OnceLock},
};

/// A presented key on its way through the stores. It is parsed when one of them must be asked: a key
/// that is remembered is found by the digest of its bytes.
pub(crate) struct Verification<'a> {
    bytes: &'a [u8],
    pub(crate) digest: KeyDigest,
    key: OnceLock<Arc<ApiKey>>,
    from: Option<IpAddr>,
    paid: OnceLock<Payment>,
}

impl<'a> Verification<'a> {
    pub(crate) fn new(bytes: &'a [u8], from: Option<IpAddr>) -> Self {
        Self {
            bytes,
            digest: KeyDigest::of(bytes),
            key: OnceLock::new(),
            from,
            paid: OnceLock::new(),
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

    /// Where the key comes from, as failures are counted.
    pub(crate) fn network(&self) -> Ipv6Addr {
        self.from.map_or(Ipv6Addr::UNSPECIFIED, network)
    }

    /// Has the address pay, as for a failure, before work is done that is too dear to be wasted on one
    /// that has failed too often.
    pub(crate) fn pay(
        &self,
        failures: &FailureLimit,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), Refusal> {
        let Some(from) = self.from.filter(|_| self.paid.get().is_none()) else {
            return Ok(());
        };
        let payment = failures.count(from, clock);
        let payment = payment.map_err(|reached| Refusal::Limited(reached.into()))?;
        // Nobody else works at this verification.
        let _ = self.paid.set(payment);
        Ok(())
    }

    /// What was paid, once.
    pub(crate) fn take_payment(&mut self) -> Option<Payment> {
        self.paid.take()
    }
}
