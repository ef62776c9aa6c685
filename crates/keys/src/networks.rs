use ipnet::{IpNet, Ipv4Net};
use serde::{Serialize, Serializer};
use std::{fmt, net::IpAddr, str::FromStr};

/// Networks of IPv4 and IPv6, such as those that a key is accepted from.
///
/// An IPv4 address is the same whether it comes as itself or mapped into IPv6 (`::ffff:192.0.2.1`).
///
/// # Examples
///
/// ```
/// use central_logger_keys::Networks;
///
/// let office: Networks = "203.0.113.0/24 2001:db8::/32".parse()?;
/// assert!(office.contains("203.0.113.9".parse()?));
/// assert!(office.contains("::ffff:203.0.113.9".parse()?), "the same address");
/// assert!(!office.contains("192.0.2.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// A text that names no network.
///
/// # Examples
///
/// ```
/// use central_logger_keys::Networks;
///
/// let error = "203.0.113.9/24".parse::<Networks>().unwrap_err();
/// assert!(error.to_string().ends_with("the network is 203.0.113.0/24"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNetwork {
    /// Not an address, with or without a prefix.
    #[error("a network is an address or a CIDR, such as 203.0.113.0/24 or 2001:db8::/32")]
    Malformed,
    /// An address within a network instead of the network.
    #[error("this is an address within a network; the network is {0}")]
    HostBits(IpNet),
}

impl Networks {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `address` lies in one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns whether every address of these networks is allowed by `allowed`. As in a key, no
    /// networks allow any address.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_keys::Networks;
    ///
    /// let office: Networks = "203.0.113.0/24".parse()?;
    /// assert!("203.0.113.128/25".parse::<Networks>()?.is_within(&office));
    /// assert!(!"203.0.112.0/23".parse::<Networks>()?.is_within(&office));
    /// let any = Networks::default();
    /// assert!(office.is_within(&any) && !any.is_within(&office));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_within(&self, allowed: &Self) -> bool {
        let is_allowed = |network: &IpNet| allowed.0.iter().any(|each| each.contains(network));
        allowed.is_empty() || (!self.is_empty() && self.0.iter().all(is_allowed))
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

/// Reads networks that are separated by commas or white space, or by both. An empty text names none;
/// one of separators alone is refused.
impl FromStr for Networks {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let separated = text.split(|character: char| character == ',' || character.is_whitespace());
        let named = separated.filter(|name| !name.is_empty());
        let networks = named.map(network).collect::<Result<Vec<_>, _>>()?;
        match networks.is_empty() && !text.is_empty() {
            true => Err(InvalidNetwork::Malformed),
            false => Ok(Self(networks)),
        }
    }
}

fn network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => text
            .parse::<IpAddr>()
            .map(IpNet::from)
            .map_err(|_| InvalidNetwork::Malformed)?,
    };
    if network.trunc() != network {
        return Err(InvalidNetwork::HostBits(unmapped(network.trunc())));
    }
    Ok(unmapped(network))
}

/// A network of mapped addresses as the network of IPv4 that it is.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else {
        return network;
    };
    let (Some(address), Some(length)) = (
        mapped.addr().to_ipv4_mapped(),
        mapped.prefix_len().checked_sub(96),
    ) else {
        return network;
    };
    Ipv4Net::new(address, length).map_or(network, IpNet::V4)
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(" "))
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str) -> Networks {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_are_found_by_their_prefix() {
        let some = networks(
            "203.0.113.0/24, 10.0.0.0/9 192.0.2.7\n2001:db8:1::/48,::ffff:198.51.100.0/120",
        );
        for (address, is_in) in [
            ("203.0.113.255", true),
            ("203.0.114.0", false),
            ("::ffff:203.0.113.9", true),
            ("10.127.255.255", true),
            ("10.128.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.70", false),
            ("2001:db8:1:ffff::1", true),
            ("2001:db8:10::1", false),
            ("198.51.100.200", true),
            ("198.51.101.1", false),
            ("::cb00:7109", false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(some.contains(address), is_in, "{address}");
        }
        assert!(!networks("").contains("192.0.2.1".parse().unwrap()));
        assert!(networks("0.0.0.0/0").contains("192.0.2.1".parse().unwrap()));
        assert!(!networks("::/0").contains("192.0.2.1".parse().unwrap()));
    }

    #[test]
    fn networks_are_within_others_that_hold_all_of_their_addresses() {
        for (inner, outer, is_within) in [
            ("", "", true),
            ("10.0.0.0/8", "", true),
            ("", "10.0.0.0/8", false),
            ("", "0.0.0.0/0 ::/0", false),
            ("10.1.0.0/16 192.0.2.7", "10.0.0.0/8 192.0.2.0/24", true),
            ("10.1.0.0/16 192.0.3.7", "10.0.0.0/8 192.0.2.0/24", false),
            ("::ffff:10.1.0.0/112", "10.0.0.0/8", true),
            ("10.0.0.0/8", "::/0", false),
            // Two halves are not joined: a refusal that is too strict costs a clearer request.
            ("10.0.0.0/8", "10.0.0.0/9 10.128.0.0/9", false),
        ] {
            let is = networks(inner).is_within(&networks(outer));
            assert_eq!(is, is_within, "{inner} within {outer}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["", "203.0.113.0/24", "192.0.2.7/32 2001:db8::/32 ::/0"] {
            assert_eq!(networks(text).to_string(), text);
        }
        assert_eq!(networks("::ffff:192.0.2.0/120").to_string(), "192.0.2.0/24");
        let json = serde_json::to_string(&networks("192.0.2.7,::1")).unwrap();
        assert_eq!(json, r#"["192.0.2.7/32","::1/128"]"#);
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "x",
            "203.0.113.0/33",
            "203.0.113",
            "1.2.3.4/-1",
            "2001:db8::/129",
            "10.0.0.0/8/8",
            " ",
            ",",
            " , ",
        ] {
            assert_eq!(
                text.parse::<Networks>(),
                Err(InvalidNetwork::Malformed),
                "{text}"
            );
        }
        let refusal = "10.1.2.3/8".parse::<Networks>().unwrap_err();
        assert!(
            refusal.to_string().ends_with("the network is 10.0.0.0/8"),
            "{refusal}"
        );
    }
}
