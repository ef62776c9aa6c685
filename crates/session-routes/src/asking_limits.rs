//! How often sign-in links by mail may be asked for.

use central_logger_auth::network;
use central_logger_mail::{HourlyLimit, MailAddress};
use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// Counts who asks, and for which address.
pub(crate) struct AskingLimits {
    addresses: HourlyLimit<String>,
    networks: HourlyLimit<Ipv6Addr>,
}

/// The most mails to an address within an hour.
const MOST_TO_ADDRESS: usize = 3;
/// The most requests of an address of the network within an hour.
const MOST_FROM_NETWORK: usize = 20;

impl Default for AskingLimits {
    fn default() -> Self {
        Self {
            addresses: HourlyLimit::new(MOST_TO_ADDRESS),
            networks: HourlyLimit::new(MOST_FROM_NETWORK),
        }
    }
}

impl AskingLimits {
    /// Counts a request, or returns the seconds after which this network may ask again.
    pub(crate) fn count(&self, from: Option<IpAddr>, now: Duration) -> Result<(), i64> {
        let Some(from) = from else {
            return Ok(());
        };
        let counted = self.networks.count(network(from), now);
        counted.map_err(|wait| i64::try_from(wait.as_secs()).unwrap_or_default() + 1)
    }

    pub(crate) fn may_send_to(&self, address: &MailAddress, now: Duration) -> bool {
        let address = address.as_str().to_ascii_lowercase();
        self.addresses.count(address, now).is_ok()
    }
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
