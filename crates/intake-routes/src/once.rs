//! Bodies that are stored once, although their clients name no request.

use actix_web::HttpRequest;
use central_logger_http_api::{Problem, idempotency};
use central_logger_intake::{Batch, Head, Protocol};
use central_logger_log_store::{BodyDigest, Claim, IdempotencyKey};
use central_logger_tenant_logs::TenantLogs;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use time::{Duration, OffsetDateTime};

/// How long a body is remembered that has no name of its own. Shippers send it again sooner, or never.
const REMEMBERED: Duration = Duration::HOUR;

/// The claim of a request: under the name that it brings, or under the digest of the body and of how it is
/// read, if bodies are named so and an equal one can only be the same request once more.
pub(crate) fn claim(
    request: &HttpRequest,
    protocol: &dyn Protocol,
    head: &Head,
    body: &[u8],
    batch: &Batch,
    names_bodies: bool,
) -> Result<Option<Claim>, Problem> {
    if let Some(key) = idempotency::key(request)? {
        let digest = digest(protocol, head, body);
        return Ok(Some(claim_of(key, digest, Claim::REMEMBERED)));
    }
    if !(names_bodies && batch.is_repeatable()) {
        return Ok(None);
    }
    let digest = digest(protocol, head, body);
    let name = own_name(&digest);
    Ok(name.map(|key| claim_of(key, digest, REMEMBERED)))
}

/// The times at which events whose sender tells none were first sent, in their order, so that they are stored
/// once.
pub(crate) async fn first_times(
    batch: &Batch,
    logs: &TenantLogs,
    claim: Option<&Claim>,
    now: OffsetDateTime,
) -> Result<Vec<OffsetDateTime>, Problem> {
    let events = batch.events_without_time();
    if events.is_empty() {
        return Ok(Vec::new());
    }
    // A whole request that is sent again is found at once.
    if let Some(claim) = claim
        && logs.replay(claim, now).await?.is_some()
    {
        return Ok(Vec::new());
    }
    Ok(logs.first_sent(&events, now).await?)
}

fn claim_of(key: IdempotencyKey, digest: [u8; 32], remembered: Duration) -> Claim {
    Claim {
        key,
        remembered,
        body: BodyDigest::from_bytes(digest),
    }
}

fn own_name(digest: &[u8; 32]) -> Option<IdempotencyKey> {
    let mut name = "intake-".to_owned();
    for byte in digest {
        // Writing to a text never fails.
        let _ = write!(name, "{byte:02x}");
    }
    name.parse().ok()
}

/// What tells only how to answer is no part of it.
fn digest(protocol: &dyn Protocol, head: &Head, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    };
    for text in [protocol.name(), head.path(), head.query()] {
        add(text.as_bytes());
    }
    // The server holds headers in another order for each request.
    let answers = ["accept", "x-elastic-client-meta"];
    let headers = head.headers().filter(|(name, _)| !answers.contains(name));
    let mut headers: Vec<_> = headers.collect();
    headers.sort_unstable();
    for (name, value) in headers {
        add(name.as_bytes());
        add(value);
    }
    add(body);
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use central_logger_intake::named;
    use time::macros::datetime;

    fn name(content_type: &str, body: &str) -> Option<String> {
        let protocol = named("seq").unwrap();
        let head = Head::new("POST", "/ingest/clef", "");
        let head = head.with_header("content-type", content_type.as_bytes());
        let batch = protocol.read(&head, body.as_bytes(), datetime!(2026-03-01 12:00 UTC));
        let request = TestRequest::default().to_http_request();
        let batch = batch.unwrap();
        let claim = |names| claim(&request, protocol, &head, body.as_bytes(), &batch, names);
        assert_eq!(claim(false).unwrap(), None, "when it is turned off");
        let claim = claim(true);
        claim.unwrap().map(|claim| claim.key.as_str().to_owned())
    }

    #[test]
    fn only_what_can_be_the_same_request_has_a_name() {
        let fine = r#"{"@t":"2026-03-01T11:00:00.25Z","@m":"x"}"#;
        let named = name("", fine).unwrap();
        assert_eq!(name("", fine).unwrap(), named);
        assert_ne!(name("application/json", fine).unwrap(), named);
        assert_ne!(name("", &format!("{fine}\n")).unwrap(), named);
        let (one, other) = (("ce-id", b"7"), ("ce-type", b"t"));
        let digest_of = |headers: [(&str, &[u8; 1]); 2]| {
            let head = headers.iter().fold(Head::default(), |head, (name, value)| {
                head.with_header(name, *value)
            });
            digest(central_logger_intake::SEQ, &head, b"")
        };
        assert_eq!(digest_of([one, other]), digest_of([other, one]));
        for body in [
            r#"{"@t":"2026-03-01T11:00:00Z","@m":"x"}"#,
            r#"{"@m":"x"}"#,
            &format!("{fine}\n{{\"@m\":\"x\"}}"),
        ] {
            assert_eq!(name("", body), None, "{body}");
        }
        let with_id = r#"{"event_id":"7"}"#;
        assert!(name("", with_id).is_some());
    }
}
