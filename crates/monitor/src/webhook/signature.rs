use super::{DeliveryError, secrets::WebhookSecret};
use base64ct::{Base64, Encoding};
use http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The headers of Standard Webhooks: the id, the time of the attempt, and a signature by each secret.
///
/// # Errors
/// When the id cannot be told from what follows it, or cannot stand in a header.
pub(super) fn headers(
    id: &str,
    at: OffsetDateTime,
    body: &str,
    secrets: &[WebhookSecret],
) -> Result<HeaderMap, DeliveryError> {
    if id.is_empty()
        || !id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'.')
    {
        return Err(DeliveryError::Id);
    }
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| DeliveryError::Id);
    let timestamp = at.unix_timestamp();
    let head = format!("{id}.{timestamp}.");
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| secret.sign(&[head.as_bytes(), body.as_bytes()]))
        .map(|mac| format!("v1,{}", Base64::encode_string(&mac)))
        .collect();
    Ok(HeaderMap::from_iter([
        (ID, value(id)?),
        (TIMESTAMP, timestamp.into()),
        (SIGNATURE, value(&signatures.join(" "))?),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::secrets;
    use std::path::Path;

    fn signed(id: &str) -> Result<HeaderMap, DeliveryError> {
        let file = b"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_vec();
        let secrets = secrets::parse(Path::new("secrets"), Ok(file.into())).unwrap();
        let at = OffsetDateTime::from_unix_timestamp(1_649_367_553).unwrap();
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        headers(id, at, body, &secrets)
    }

    /// The values are those of the reference library's own test.
    #[test]
    fn a_published_message_has_its_published_signature() {
        let headers = signed("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk").unwrap();
        assert_eq!(headers[ID], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk");
        assert_eq!(headers[TIMESTAMP], "1649367553");
        assert_eq!(
            headers[SIGNATURE],
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn an_id_cannot_be_mistaken_for_what_follows_it() {
        for id in ["", "a.1", "a b", "a\r\nb", "é"] {
            assert!(matches!(signed(id), Err(DeliveryError::Id)), "{id:?}");
        }
    }
}
