//! The keys that GitHub publishes, as they are fetched.

use base64ct::{Base64, Encoding};
use central_logger_outbound::{Endpoint, SendError};
use http::{Request, StatusCode};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// The time for a call as a whole.
const TIME_LIMIT: Duration = Duration::from_secs(8);
/// Far more than a few keys.
const MAX_ANSWER: usize = 64 * 1024;

/// A public key: a point of P-256, uncompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublishedKey {
    pub(crate) id: String,
    pub(crate) point: Vec<u8>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("there was no answer in time")]
    Timeout,
    #[error("there was no answer")]
    Send(#[from] SendError),
    #[error("the answer was {0}")]
    Status(StatusCode),
    #[error("the answer has no keys")]
    Answer,
}

#[derive(Deserialize)]
struct Published {
    public_keys: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    key_identifier: String,
    key: String,
}

/// Fetches the keys.
pub(crate) async fn fetch(
    endpoint: &Endpoint,
    path: &str,
) -> Result<Vec<PublishedKey>, FetchError> {
    let request = Request::get(path).header("accept", "application/json");
    let request = request
        .body(String::new())
        .map_err(|_| FetchError::Answer)?;
    let sent = timeout(TIME_LIMIT, endpoint.send(request, MAX_ANSWER)).await;
    let answer = sent.map_err(|_| FetchError::Timeout)??;
    if !answer.status().is_success() {
        return Err(FetchError::Status(answer.status()));
    }
    parse(answer.body()).ok_or(FetchError::Answer)
}

fn parse(body: &[u8]) -> Option<Vec<PublishedKey>> {
    let published: Published = serde_json::from_slice(body).ok()?;
    // A key of another kind hides no others.
    let keys = published.public_keys.into_iter().filter_map(|entry| {
        Some(PublishedKey {
            point: point(&entry.key)?,
            id: entry.key_identifier,
        })
    });
    Some(keys.collect())
}

/// `SubjectPublicKeyInfo` of RFC 5480 up to the point: id-ecPublicKey and secp256r1.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The point of a public key in PEM.
fn point(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (encoded, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let encoded: String = encoded.split_whitespace().collect();
    let der = Base64::decode_vec(&encoded).ok()?;
    let point = der.strip_prefix(&P256)?;
    (point.len() == 65 && point[0] == 4).then(|| point.to_vec())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What GitHub would publish for a point.
    pub(crate) fn pem(point: &[u8]) -> String {
        let encoded = Base64::encode_string(&[&P256[..], point].concat());
        let lines: Vec<_> = encoded
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines.join("\n")
        )
    }

    #[test]
    fn keys_are_read_and_others_left_out() {
        let mut good = vec![4];
        good.extend([7; 64]);
        let body = serde_json::json!({"public_keys": [
            {"key_identifier": "a", "key": pem(&good), "is_current": true},
            {"key_identifier": "b", "key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"},
            {"key_identifier": "c", "key": "nothing"},
        ]});
        let keys = parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(
            keys,
            [PublishedKey {
                id: "a".to_owned(),
                point: good
            }]
        );
        assert!(parse(b"[]").is_none() && parse(b"").is_none());
    }
}
