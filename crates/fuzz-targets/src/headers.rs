use central_logger_auth::PresentedCredential;
use std::collections::BTreeSet;

/// Whatever headers a request has: their keys are missing, one, or in conflict, and one is what a
/// careful reader finds.
///
/// Each line of `data` is a header: `x` and the value of an `X-API-Key`, or anything else and that of
/// an `Authorization`.
pub fn headers(data: &[u8]) {
    let lines = data
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split_first());
    let (x_api_key, authorization): (Vec<_>, Vec<_>) = lines.partition(|(kind, _)| **kind == b'x');
    let values = |headers: &[(&u8, &'_ [u8])]| -> Vec<Vec<u8>> {
        headers.iter().map(|(_, value)| value.to_vec()).collect()
    };
    let (x_api_key, authorization) = (values(&x_api_key), values(&authorization));

    let mut keys = BTreeSet::new();
    keys.extend(x_api_key.iter().map(|value| trim(value)));
    keys.extend(authorization.iter().filter_map(|value| bearer(value)));
    keys.remove(&b""[..]);
    let keys: Vec<_> = keys.into_iter().collect();
    let expected = match keys[..] {
        [] => PresentedCredential::Missing,
        [key] => PresentedCredential::Key(key),
        _ => PresentedCredential::Conflicting,
    };

    let presented = |x_api_key: &[Vec<u8>], authorization: &[Vec<u8>]| {
        let (x_api_key, authorization) = (x_api_key.iter(), authorization.iter());
        let found = PresentedCredential::from_headers(
            x_api_key.map(Vec::as_slice),
            authorization.map(Vec::as_slice),
        );
        assert!(found == expected);
    };
    presented(&x_api_key, &authorization);
    // Neither their order nor a repetition matters.
    let doubled = [&x_api_key[..], &x_api_key].concat();
    let reversed: Vec<_> = authorization.iter().rev().cloned().collect();
    presented(&doubled, &reversed);
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let value = trim(value);
    let space = value.iter().position(|byte| *byte == b' ')?;
    let scheme = value[..space].to_ascii_lowercase();
    (scheme == b"bearer").then(|| trim(&value[space..]))
}

fn trim(value: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0c);
    let Some(start) = value.iter().position(|byte| !is_space(byte)) else {
        return b"";
    };
    let end = value.iter().rposition(|byte| !is_space(byte));
    &value[start..=end.unwrap_or(start)]
}
