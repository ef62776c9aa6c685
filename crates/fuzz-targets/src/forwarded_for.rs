use central_logger_auth::TrustedProxies;
use central_logger_key_store::Networks;
use std::net::{IpAddr, SocketAddr};

const TRUSTED: &str = "10.0.0.0/8 ::1 2001:db8::/32";

/// A request comes from the last address that only trusted proxies stand behind, whatever else is written into
/// `X-Forwarded-For`.
///
/// The first line of `data` is the peer, unless it is no address; each other one is a value of the header.
pub fn forwarded_for(data: &[u8]) {
    let networks: Networks = TRUSTED.parse().expect("networks");
    let proxies = TrustedProxies::new(networks.clone());
    let mut lines = data.split(|byte| *byte == b'\n');
    let first = lines.next().and_then(|line| str::from_utf8(line).ok());
    let peer: IpAddr = first
        .and_then(|line| line.parse().ok())
        .unwrap_or([10, 0, 0, 1].into());
    let values: Vec<_> = lines.collect();
    let client = |values: &[&[u8]]| {
        let found = proxies.client(Some(peer), values.iter().copied());
        found.expect("with a peer there is a client")
    };
    let found = client(&values);

    assert_eq!(found, found.to_canonical());
    let mut expected = peer.to_canonical();
    let joined = values.join(&b","[..]);
    for hop in joined.split(|byte| *byte == b',').rev() {
        if !networks.contains(expected) {
            break;
        }
        match address(hop) {
            Some(address) => expected = address,
            None => break,
        }
    }
    assert_eq!(found, expected);
    assert_eq!(client(&[&joined]), found, "however it is split");

    // What stands before the first untrusted address, or before what is none, moves nobody.
    if !networks.contains(found) {
        for forged in [&b"192.0.2.66"[..], b"10.6.6.6", b"nonsense", b""] {
            assert_eq!(client(&[&[forged], &values[..]].concat()), found);
        }
    }
    assert!(proxies.client(None, values.iter().copied()).is_none());
}

/// As an address, with a port, or in brackets.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    let plain = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse().ok().map(|address: SocketAddr| address.ip());
    let found = plain.or_else(with_port).or_else(|| bare?.parse().ok())?;
    Some(found.to_canonical())
}
