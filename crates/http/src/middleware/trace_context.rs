//! The trace that a request belongs to, as `traceparent` of W3C Trace Context names it.

use actix_web::{
    dev::ServiceRequest,
    http::header::{HeaderName, HeaderValue},
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A valid `traceparent`: `VERSION-TRACE_ID-PARENT_ID-FLAGS`.
#[derive(Clone, Debug)]
pub(super) struct TraceContext(HeaderValue);

impl TraceContext {
    /// Returns that of a request which names it once, in a form that is valid.
    pub(super) fn of(request: &ServiceRequest) -> Option<Self> {
        let mut sent = request.headers().get_all(TRACEPARENT);
        match (sent.next(), sent.next()) {
            (Some(one), None) if is_valid(one.as_bytes()) => Some(Self(one.clone())),
            _ => None,
        }
    }

    pub(super) fn trace_id(&self) -> &str {
        self.part(TRACE_ID)
    }

    /// Returns the id of the span of the caller.
    pub(super) fn parent_id(&self) -> &str {
        self.part(PARENT_ID)
    }

    fn part(&self, (start, end): Place) -> &str {
        let text = self.0.to_str().unwrap_or_default();
        text.get(start..end).unwrap_or_default()
    }
}

type Place = (usize, usize);

const VERSION: Place = (0, 2);
const TRACE_ID: Place = (3, 35);
const PARENT_ID: Place = (36, 52);
const FLAGS: Place = (53, 55);
/// The length of version 00, and the least of a later one.
const LENGTH: usize = 55;

fn is_valid(text: &[u8]) -> bool {
    let part = |(start, end): Place| text.get(start..end).unwrap_or_default();
    let is_hex = |place| {
        let part = part(place);
        !part.is_empty()
            && part
                .iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |place| is_hex(place) && part(place).iter().any(|byte| *byte != b'0');
    let has_dashes = [2, 35, 52]
        .iter()
        .all(|place| text.get(*place) == Some(&b'-'));
    // What a later version has more stands behind another dash.
    let ends_well = match part(VERSION) {
        b"ff" => false,
        b"00" => text.len() == LENGTH,
        _ => text.get(LENGTH).is_none_or(|next| *next == b'-'),
    };
    is_hex(VERSION)
        && has_dashes
        && is_id(TRACE_ID)
        && is_id(PARENT_ID)
        && is_hex(FLAGS)
        && ends_well
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    impl TraceContext {
        pub(in crate::middleware) fn sample() -> Self {
            Self(HeaderValue::from_static(VALID))
        }
    }

    fn of(sent: &[&str]) -> Option<TraceContext> {
        let mut request = TestRequest::default();
        for value in sent {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request = request.append_header((TRACEPARENT, value));
        }
        TraceContext::of(&request.to_srv_request())
    }

    #[test]
    fn a_valid_one_names_a_trace_and_a_parent() {
        let longer = format!("{}-what-a-later-version-has", VALID.replacen("00", "cc", 1));
        for sent in [VALID, &VALID.replacen("00", "01", 1), &longer] {
            let found = of(&[sent]).unwrap();
            assert_eq!(found.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(found.parent_id(), "00f067aa0ba902b7");
        }
    }

    #[test]
    fn any_other_is_none() {
        for sent in [
            "",
            "00",
            &VALID[..54],
            &format!("{VALID}-"),
            &format!("{VALID}-more"),
            &VALID.replacen("00", "ff", 1),
            &VALID.replacen("00", "0g", 1),
            &format!("{}x", VALID.replacen("00", "cc", 1)),
            &VALID.to_uppercase(),
            &VALID.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &VALID.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &VALID.replace("-01", "-0G"),
            &VALID.replace('-', "_"),
            &format!(" {VALID}"),
            &format!("{VALID} "),
            "00-4bf92f3577b34da6a3ce929d0e0e473\u{fc}-00f067aa0ba902b7-01",
        ] {
            assert!(of(&[sent]).is_none(), "{sent:?}");
        }
        assert!(of(&[]).is_none());
        assert!(of(&[VALID, VALID]).is_none());
    }
}
