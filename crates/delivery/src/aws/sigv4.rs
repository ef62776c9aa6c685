//! Signature Version 4 of AWS.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use crate::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, UtcOffset};

/// What requests are signed with.
#[derive(Clone)]
pub(super) struct AwsCredentials {
    pub(super) access_key: String,
    pub(super) secret_key: Secret,
    pub(super) session_token: Option<Secret>,
}

/// A request to be signed. The names of headers are in lower case and in order.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a str,
}

/// Where and when it is signed for.
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) at: OffsetDateTime,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Returns the value of the header `X-Amz-Date`.
pub(super) fn amz_date(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    let month = u8::from(month);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Returns the value of the header `Authorization`. The path is `/`.
pub(super) fn authorization(
    request: &Unsigned<'_>,
    scope: &Scope<'_>,
    credentials: &AwsCredentials,
) -> String {
    let date_time = amz_date(scope.at);
    let (date, _) = date_time.split_at(8);
    let scope_text = format!("{date}/{}/{}/aws4_request", scope.region, scope.service);
    let canonical = hex(&Sha256::digest(canonical(request)));
    let to_sign = format!("{ALGORITHM}\n{date_time}\n{scope_text}\n{canonical}");
    let key = signing_key(credentials.secret_key.expose(), date, scope);
    let signature = hex(&hmac(&key, &to_sign));
    format!(
        "{ALGORITHM} Credential={}/{scope_text}, SignedHeaders={}, Signature={signature}",
        credentials.access_key,
        signed_headers(request),
    )
}

fn canonical(request: &Unsigned<'_>) -> String {
    let mut text = format!("{}\n/\n{}\n", request.method, request.query);
    for (name, value) in request.headers {
        text += &format!("{name}:{}\n", value.trim());
    }
    let body = hex(&Sha256::digest(request.body));
    text + &format!("\n{}\n{body}", signed_headers(request))
}

fn signed_headers(request: &Unsigned<'_>) -> String {
    let names: Vec<_> = request.headers.iter().map(|(name, _)| *name).collect();
    names.join(";")
}

fn signing_key(secret: &str, date: &str, scope: &Scope<'_>) -> Vec<u8> {
    let first = Secret::from(format!("AWS4{secret}"));
    let parts = [date, scope.region, scope.service, "aws4_request"];
    let key = first.expose().as_bytes().to_vec();
    parts.into_iter().fold(key, |key, part| hmac(&key, part))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // Of any length: RFC 2104.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const SCOPE: Scope<'_> = Scope {
        region: "us-east-1",
        service: "iam",
        at: datetime!(2015-08-30 12:36 UTC),
    };
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// The example of the documentation: ListUsers of IAM.
    const EXAMPLE: Unsigned<'_> = Unsigned {
        method: "GET",
        query: "Action=ListUsers&Version=2010-05-08",
        headers: &[
            (
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            ),
            ("host", "iam.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        body: "",
    };

    #[test]
    fn the_example_of_the_documentation_is_signed_as_there() {
        assert_eq!(amz_date(SCOPE.at), "20150830T123600Z");
        assert_eq!(
            hex(&Sha256::digest(canonical(&EXAMPLE))),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
        );
        assert_eq!(
            hex(&signing_key(SECRET, "20150830", &SCOPE)),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        let credentials = AwsCredentials {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: SECRET.to_owned().into(),
            session_token: None,
        };
        assert_eq!(
            authorization(&EXAMPLE, &SCOPE, &credentials),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }
}
