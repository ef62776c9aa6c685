use central_logger_auth::{Origin, TrustedProxies};
use central_logger_keys::Networks;
use std::net::{IpAddr, SocketAddr};

const TRUSTED: &str = "10.0.0.0/8 ::1 2001:db8::/32";

/// A request comes from the last address that only trusted proxies stand behind, whatever else is written into
/// `X-Forwarded-For`; where what stands there is no address, it comes from behind the proxy that wrote it.
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
    let origin = |values: &[&[u8]]| proxies.origin(Some(peer), values.iter().copied());
    let found = origin(&values);

    let nearest = found.nearest().expect("with a peer there is an address");
    assert_eq!(nearest, nearest.to_canonical());
    let mut expected = Origin::Caller(peer.to_canonical());
    let joined = values.join(&b","[..]);
    // Without a value there is no hop, and with an empty one there is.
    let hops = joined.split(|byte| *byte == b',').rev();
    for hop in hops.take(if values.is_empty() { 0 } else { usize::MAX }) {
        let Some(proxy) = expected.caller().filter(|proxy| networks.contains(*proxy)) else {
            break;
        };
        expected = address(hop).map_or(Origin::Behind(proxy), Origin::Caller);
    }
    assert_eq!(found, expected);
    if !values.is_empty() {
        assert_eq!(origin(&[&joined]), found, "however it is split");
    }

    // What stands before the first untrusted address, or before what is none, moves nobody.
    if !found
        .caller()
        .is_some_and(|caller| networks.contains(caller))
    {
        for forged in [&b"192.0.2.66"[..], b"10.6.6.6", b"nonsense", b""] {
            assert_eq!(origin(&[&[forged], &values[..]].concat()), found);
        }
    }
    let nobody = proxies.origin(None, values.iter().copied());
    assert_eq!(nobody, Origin::Unknown);
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
