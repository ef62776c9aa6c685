use crate::Origin;
use central_logger_keys::Networks;
use std::net::IpAddr;

/// The proxies whose `X-Forwarded-For` is believed. Nobody else's is.
///
/// # Examples
///
/// ```
/// use central_logger_auth::TrustedProxies;
///
/// let proxies = TrustedProxies::new("10.0.0.0/8".parse()?);
/// let peer = Some("10.0.0.1".parse()?);
/// let origin = proxies.origin(peer, [&b"1.2.3.4, 203.0.113.9"[..]].into_iter());
/// assert_eq!(origin.caller(), Some("203.0.113.9".parse()?), "further left, anybody may have written");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Networks);

impl TrustedProxies {
    /// Those in `networks`.
    pub fn new(networks: Networks) -> Self {
        Self(networks)
    }

    /// Where a request comes from that came in from `peer` with these values of `X-Forwarded-For`,
    /// in their order.
    ///
    /// Each proxy appends the address that it was called from, so the values are read from their
    /// end, as long as a trusted proxy vouches for them: what stands further left anybody may have
    /// written. Where one of them appended what is no address, nobody knows who called it.
    pub fn origin<'a>(
        &self,
        peer: Option<IpAddr>,
        forwarded_for: impl Iterator<Item = &'a [u8]>,
    ) -> Origin {
        let Some(peer) = peer else {
            return Origin::Unknown;
        };
        let mut address = peer.to_canonical();
        if !self.0.contains(address) {
            return Origin::Caller(address);
        }
        let values: Vec<_> = forwarded_for.collect();
        let hops = values.iter().rev().flat_map(|value| {
            let hops = value.rsplit(|byte| *byte == b',');
            hops.map(parse)
        });
        for hop in hops {
            let Some(hop) = hop else {
                return Origin::Behind(address);
            };
            address = hop;
            if !self.0.contains(address) {
                break;
            }
        }
        Origin::Caller(address)
    }
}

/// An address, perhaps with a port, as some proxies write it.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?.trim();
    let address = match text.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => match text.parse::<std::net::SocketAddr>() {
            Ok(address) => address.ip(),
            Err(_) => text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?,
        },
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_vouch_for_is_believed() {
        let proxies = TrustedProxies::new("10.0.0.0/8 ::1".parse().unwrap());
        for (peer, values, client) in [
            ("192.0.2.1", &["203.0.113.9"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::1", &["2001:db8::9"], "2001:db8::9"),
            // What the client itself has sent stands before what the proxy appends.
            ("10.0.0.1", &["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
            (
                "10.0.0.1",
                &["198.51.100.1, 203.0.113.9 , 10.0.0.2"],
                "203.0.113.9",
            ),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", &["[2001:db8::9]:4711"], "2001:db8::9"),
            ("10.0.0.1", &["[2001:db8::9]"], "2001:db8::9"),
        ] {
            let forwarded_for = values.iter().map(|value| value.as_bytes());
            let found = proxies.origin(Some(peer.parse().unwrap()), forwarded_for);
            let expected = Origin::Caller(client.parse().unwrap());
            assert_eq!(found, expected, "{peer} {values:?}");
        }
        let nobody = proxies.origin(None, [&b"203.0.113.9"[..]].into_iter());
        assert_eq!(nobody, Origin::Unknown);
    }

    #[test]
    fn where_a_trusted_proxy_names_no_address_nobody_knows_who_calls() {
        let proxies = TrustedProxies::new("10.0.0.0/8".parse().unwrap());
        for (values, proxy) in [
            (&["unknown"][..], "10.0.0.1"),
            (&["203.0.113.9, unknown"], "10.0.0.1"),
            (&["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["203.0.113.9, _hidden , 10.0.0.3,10.0.0.2"], "10.0.0.3"),
            (&["203.0.113.9,"], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&["203.0.113.9", ""], "10.0.0.1"),
            (&["", "\u{fc}"], "10.0.0.1"),
            (&["203.0.113.9:port"], "10.0.0.1"),
            (&["203.0.113.999"], "10.0.0.1"),
            (&["fe80::1%eth0"], "10.0.0.1"),
        ] {
            let forwarded_for = values.iter().map(|value| value.as_bytes());
            let found = proxies.origin(Some([10, 0, 0, 1].into()), forwarded_for);
            let expected = Origin::Behind(proxy.parse().unwrap());
            assert_eq!(found, expected, "{values:?}");
        }
    }
}
