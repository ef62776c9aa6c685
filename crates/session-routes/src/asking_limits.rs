//! How often sign-in links by mail may be asked for.

use central_logger_auth::network;
use central_logger_mail::MailAddress;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Counts who asks, and for which address.
#[derive(Default)]
pub(crate) struct AskingLimits(Mutex<Recent>);

/// What was asked for within the last hour.
#[derive(Default)]
struct Recent {
    addresses: BTreeMap<String, Vec<Duration>>,
    networks: BTreeMap<Ipv6Addr, Vec<Duration>>,
}

const PERIOD: Duration = Duration::from_secs(3600);
/// The most mails to an address within an hour.
const MOST_TO_ADDRESS: usize = 3;
/// The most requests of an address of the network within an hour.
const MOST_FROM_NETWORK: usize = 20;
/// The most addresses and networks that are remembered.
const MOST_REMEMBERED: usize = 10_000;

impl AskingLimits {
    /// Counts a request, or returns the seconds after which this network may ask again.
    pub(crate) fn count(&self, from: Option<IpAddr>, now: Duration) -> Result<(), i64> {
        let Some(from) = from else {
            return Ok(());
        };
        let mut recent = self.recent();
        match counted(&mut recent.networks, network(from), MOST_FROM_NETWORK, now) {
            None => Ok(()),
            Some(wait) => Err(i64::try_from(wait.as_secs()).unwrap_or_default() + 1),
        }
    }

    pub(crate) fn may_send_to(&self, address: &MailAddress, now: Duration) -> bool {
        let address = address.as_str().to_ascii_lowercase();
        let mut recent = self.recent();
        counted(&mut recent.addresses, address, MOST_TO_ADDRESS, now).is_none()
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts one more, or returns how long it takes until one more may come.
fn counted<K: Ord>(
    all: &mut BTreeMap<K, Vec<Duration>>,
    one: K,
    most: usize,
    now: Duration,
) -> Option<Duration> {
    let is_recent = |at: &Duration| now.saturating_sub(*at) < PERIOD;
    if all.len() >= MOST_REMEMBERED {
        all.retain(|_, times| times.iter().any(is_recent));
    }
    if all.len() >= MOST_REMEMBERED && !all.contains_key(&one) {
        return Some(PERIOD);
    }
    let times = all.entry(one).or_default();
    times.retain(is_recent);
    if times.len() >= most {
        return times
            .first()
            .map(|first| (*first + PERIOD).saturating_sub(now));
    }
    times.push(now);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_limited_by_the_hour() {
        let limits = AskingLimits::default();
        let address = "ops@acme.example".parse().unwrap();
        let other = "OPS@ACME.example".parse().unwrap();
        let at = |minutes: u64| Duration::from_secs(60 * minutes);
        let sent: Vec<_> = (0..4)
            .map(|minute| limits.may_send_to(&address, at(minute)))
            .collect();
        assert_eq!(sent, [true, true, true, false]);
        assert!(!limits.may_send_to(&other, at(5)), "it is the same mailbox");
        assert!(limits.may_send_to(&address, at(61)));
        let here = Some("192.0.2.1".parse().unwrap());
        for _ in 0..MOST_FROM_NETWORK {
            assert_eq!(limits.count(here, at(1)), Ok(()));
        }
        assert!(limits.count(here, at(2)).is_err_and(|wait| wait > 3000));
        let there = Some("192.0.2.2".parse().unwrap());
        assert_eq!(limits.count(there, at(2)), Ok(()));
    }
}
