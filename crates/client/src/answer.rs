//! What an answer of the server means.

use crate::{batch::Delivery, clock};
use serde::{Deserialize, de::IgnoredAny};
use std::time::{Duration, SystemTime};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The clocks of a client and its server may differ by this much without a report, and a server accepts times that
/// are this much ahead.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(24 * 3600);

/// The parts of an answer that matter.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Whether the body is a problem, as a server describes what it refuses.
    pub(crate) is_problem: bool,
    pub(crate) retry_after: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) body: String,
}

/// What becomes of the entries that were sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// They are stored.
    Delivered,
    /// At least one of them will never be accepted.
    Refused {
        status: u16,
        detail: String,
        faults: Vec<Fault>,
    },
    /// They have to be sent again, after the pause that the server asks for.
    Failed {
        retry_after: Option<Duration>,
        reason: String,
    },
}

/// An entry that the server finds wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Fault {
    pub(crate) index: usize,
    #[serde(default)]
    pub(crate) field: Option<String>,
    #[serde(default)]
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn detail(&self) -> String {
        match &self.field {
            Some(field) => format!("{field}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

/// What a server answers when entries are stored.
#[derive(Deserialize)]
struct Receipt {
    accepted: usize,
    ids: Vec<IgnoredAny>,
}

fn is_receipt(body: &str, count: usize) -> bool {
    let receipt = serde_json::from_str::<Receipt>(body);
    receipt.is_ok_and(|receipt| receipt.accepted == count && receipt.ids.len() == count)
}

#[derive(Debug, Default, Deserialize)]
struct ProblemBody {
    #[serde(default)]
    detail: String,
    /// Faults, among what else a server may list.
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

/// Whether a fault is that of the time of an entry. Some servers name the place: `/executed_at`, `/3/executed_at`.
fn is_about_time(fault: &serde_json::Value) -> bool {
    let field = fault["field"].as_str();
    field.is_some_and(|field| field.rsplit('/').next() == Some("executed_at"))
}

/// Whether a fault is that of the time of an entry which is wrong by the clock here as well, so that no clock is to
/// blame.
fn is_of_own_time(fault: &serde_json::Value, delivery: &Delivery) -> bool {
    let index = fault["index"].as_u64();
    let index = index.and_then(|index| usize::try_from(index).ok());
    let index = index.filter(|index| *index < delivery.part_len());
    index.is_some_and(|index| has_wrong_time(delivery.entry(index), clock::now()))
}

/// Whether a server whose clock shows `now` would refuse the time of an entry.
fn has_wrong_time(entry: &[u8], now: SystemTime) -> bool {
    #[derive(Deserialize)]
    struct Timed {
        executed_at: String,
    }
    let Ok(Timed { executed_at }) = serde_json::from_slice(entry) else {
        return false;
    };
    let latest = OffsetDateTime::from(now + CLOCK_TOLERANCE);
    let time = OffsetDateTime::parse(&executed_at, &Rfc3339);
    !time.is_ok_and(|time| (OffsetDateTime::UNIX_EPOCH..=latest).contains(&time))
}

impl Answer {
    /// Reads the answer to the next part of a delivery from `address`, a text without secrets.
    pub(crate) fn of(response: &Response, delivery: &Delivery, address: &str) -> Self {
        let status = response.status;
        let reason = match status {
            200 | 201 if is_receipt(&response.body, delivery.part_len()) => return Self::Delivered,
            // Another server, or what asks people to sign in to a network, may say that all is well, or that nothing is.
            200..=299 => foreign(address),
            400 | 422 if !response.is_problem => foreign(address),
            // The 413 of a proxy is as true as that of the server.
            400 | 413 | 422 => {
                let mut problem: ProblemBody = serde_json::from_str(&response.body).unwrap_or_default();
                let listed = problem.errors.len();
                let fault = clock_fault(response).filter(|_| status == 422 && listed > 0);
                if fault.is_some() {
                    problem.errors.retain(|fault| !is_about_time(fault) || is_of_own_time(fault, delivery));
                }
                match fault.filter(|_| problem.errors.is_empty()) {
                    // The clock is at fault, and not the entries, which wait until somebody sets it.
                    Some(fault) => fault,
                    None => {
                        let detail = problem.detail.chars().take(500).collect();
                        let faults = problem.errors.into_iter();
                        let faults = faults.filter_map(|fault| serde_json::from_value(fault).ok()).collect();
                        return Self::Refused { status, detail, faults };
                    }
                }
            }
            401 => "the server does not accept the API key (401): set LOGGER_API_KEY to a valid key".to_owned(),
            403 => "the API key lacks the scope logs:write, or may not be used from here (403): ask for a key \
                    with that scope".to_owned(),
            300..=399 | 404 | 405 => format!("{address} is not the address of a server ({status}): check LOGGER_API_URL"),
            429 => "the server limits the rate of entries (429), and they are sent later".to_owned(),
            _ => format!("{address} answers {status}, and entries are sent later"),
        };
        let retry_after = response.retry_after.as_deref();
        let retry_after = retry_after.and_then(|text| pause(text, clock::now()));
        Self::Failed {
            retry_after,
            reason,
        }
    }

    /// Whether this is the reason of a failure.
    pub(crate) fn is_for(&self, text: &str) -> bool {
        matches!(self, Self::Failed { reason, .. } if reason == text)
    }
}

/// What to say of an answer that no server of logs gives.
pub(crate) fn foreign(address: &str) -> String {
    format!("the answer of {address} is not that of a central-logger server: check LOGGER_API_URL")
}

/// The pause that a `Retry-After` asks for, in seconds or until a date.
fn pause(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// What to say when the clock here differs from that of the server by more than a day.
pub(crate) fn clock_fault(response: &Response) -> Option<String> {
    let there = httpdate::parse_http_date(response.date.as_deref()?).ok()?;
    fault_between(clock::now(), there)
}

fn fault_between(here: SystemTime, there: SystemTime) -> Option<String> {
    let (difference, direction) = match here.duration_since(there) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let hours = difference.as_secs() / 3600;
    (difference > CLOCK_TOLERANCE).then(|| {
        format!(
            "the clock of this machine is {hours} hours {direction} the server's: set the clock"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{batch::Batch, stamp::time_text};
    use std::time::UNIX_EPOCH;

    /// Entries of now.
    fn delivery(count: usize) -> Delivery {
        let entry = serde_json::json!({ "executed_at": time_text(clock::unix_micros()) });
        let mut batch = Batch::default();
        (0..count).for_each(|_| batch.push(entry.to_string().as_bytes()));
        Delivery::of(batch)
    }

    /// The answer to two entries.
    fn answer(status: u16, is_problem: bool, body: &str) -> Answer {
        let response = Response {
            status,
            is_problem,
            body: body.to_owned(),
            ..Response::default()
        };
        Answer::of(&response, &delivery(2), "http://here")
    }

    #[test]
    fn statuses_decide_what_becomes_of_entries() {
        let receipt = r#"{"accepted":2,"ids":["a","b"],"more":{}}"#;
        for status in [200, 201] {
            assert_eq!(answer(status, false, receipt), Answer::Delivered);
        }
        for (status, is_problem) in [(400, true), (413, true), (413, false), (422, true)] {
            let answer = answer(status, is_problem, "<html>");
            assert!(matches!(answer, Answer::Refused { .. }), "{status}");
        }
        for status in [
            100, 202, 204, 301, 307, 400, 401, 403, 404, 405, 408, 418, 422, 429, 500, 503,
        ] {
            let answer = answer(status, false, receipt);
            assert!(matches!(answer, Answer::Failed { .. }), "{status}");
        }
        for odd in [
            "",
            "<html>",
            "{}",
            r#"{"accepted":2}"#,
            r#"{"accepted":1,"ids":["a"]}"#,
        ] {
            assert!(
                answer(201, false, odd).is_for(&foreign("http://here")),
                "{odd}"
            );
        }
    }

    #[test]
    fn a_refusal_names_entries() {
        let body = r#"{"detail":"1 entry is wrong","errors":[{"index":"?"},{"index":2,"field":"status","message":"is missing"}]}"#;
        let Answer::Refused { detail, faults, .. } = answer(422, true, body) else {
            panic!("refused");
        };
        assert_eq!((&*detail, faults[0].index), ("1 entry is wrong", 2));
        assert_eq!(faults[0].detail(), "status: is missing");
    }

    fn refusal_on(date: &str, fields: &[&str]) -> Answer {
        let faults = fields.iter().enumerate();
        let errors =
            faults.map(|(index, field)| serde_json::json!({"index": index, "field": field}));
        let errors: Vec<_> = errors.collect();
        let response = Response {
            status: 422,
            is_problem: true,
            date: Some(date.to_owned()),
            body: serde_json::json!({ "errors": errors }).to_string(),
            ..Response::default()
        };
        Answer::of(&response, &delivery(9), "http://here")
    }

    #[test]
    fn times_that_are_refused_for_a_wrong_clock_are_no_fault_of_entries() {
        let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
        for fields in [&["executed_at"][..], &["/executed_at", "/7/executed_at"]] {
            let answer = refusal_on(long_ago, fields);
            let Answer::Failed { reason, .. } = &answer else {
                panic!("{fields:?}: {answer:?}");
            };
            assert!(
                reason.ends_with("ahead of the server's: set the clock"),
                "{reason}"
            );
        }
        let today = httpdate::fmt_http_date(clock::now());
        for (date, fields, places) in [
            (&*today, &["executed_at"][..], &[0_usize][..]),
            (long_ago, &["executed_at", "status", "executed_at"], &[1]),
            (long_ago, &["not_executed_at"], &[0]),
            (long_ago, &[], &[]),
        ] {
            let answer = refusal_on(date, fields);
            let Answer::Refused { faults, .. } = &answer else {
                panic!("{date} {fields:?}: {answer:?}");
            };
            let found: Vec<_> = faults.iter().map(|fault| fault.index).collect();
            assert_eq!(found, places, "{date} {fields:?}");
        }
    }

    #[test]
    fn a_time_that_is_wrong_by_both_clocks_is_a_fault() {
        let now = UNIX_EPOCH + Duration::from_secs(1_801_378_800);
        for (time, is_wrong) in [
            ("yesterday", true),
            ("1969-12-31T23:59:59Z", true),
            ("1970-01-01T00:00:00Z", false),
            ("2027-02-01T08:00:00+01:00", false),
            ("2027-02-01T08:00:00.000001+01:00", true),
        ] {
            let entry = serde_json::json!({ "n": 1, "executed_at": time }).to_string();
            assert_eq!(has_wrong_time(entry.as_bytes(), now), is_wrong, "{time}");
        }
        assert!(!has_wrong_time(b"", now));
    }

    #[test]
    fn a_pause_is_in_seconds_or_until_a_date() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let since_1970 = Duration::from_secs;
        let pause = |text, now| pause(text, UNIX_EPOCH + since_1970(now)).map(|it| it.as_secs());
        assert_eq!(pause("120", 0), Some(120));
        assert_eq!(pause(date, 784_111_700), Some(77));
        assert_eq!(pause(date, 784_112_700), Some(0));
        assert_eq!(pause("soon", 0), None);
    }

    #[test]
    fn a_clock_that_is_off_by_a_day_is_noticed() {
        let there = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(fault_between(there + CLOCK_TOLERANCE, there), None);
        let fault = fault_between(there - Duration::from_secs(30 * 3600), there);
        assert_eq!(
            fault.unwrap(),
            "the clock of this machine is 30 hours behind the server's: set the clock"
        );
    }
}
