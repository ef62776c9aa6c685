//! What an answer of the server means.

use crate::clock;
use serde::Deserialize;
use std::time::{Duration, SystemTime};

/// The clocks of a client and its server may differ by this much without a report.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(24 * 3600);

/// The parts of an answer that matter.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
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

#[derive(Debug, Default, Deserialize)]
struct ProblemBody {
    #[serde(default)]
    detail: String,
    /// Faults, among what else a server may list.
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

impl ProblemBody {
    /// Whether nothing but the times of entries is wrong.
    fn is_about_times(&self) -> bool {
        // Some servers name the place: `/executed_at`, `/3/executed_at`.
        let is_time = |fault: &serde_json::Value| {
            let field = fault["field"].as_str();
            field.is_some_and(|field| field.rsplit('/').next() == Some("executed_at"))
        };
        !self.errors.is_empty() && self.errors.iter().all(is_time)
    }
}

impl Answer {
    /// Reads an answer from `address`, a text without secrets.
    pub(crate) fn of(response: &Response, address: &str) -> Self {
        let status = response.status;
        let reason = match status {
            200..=299 => return Self::Delivered,
            400 | 413 | 422 => {
                // An answer of a proxy may have another body.
                let problem: ProblemBody = serde_json::from_str(&response.body).unwrap_or_default();
                let is_time = status == 422 && problem.is_about_times();
                match clock_fault(response).filter(|_| is_time) {
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
    use std::time::UNIX_EPOCH;

    fn answer(status: u16, body: &str) -> Answer {
        let response = Response {
            status,
            body: body.to_owned(),
            ..Response::default()
        };
        Answer::of(&response, "http://here")
    }

    #[test]
    fn statuses_decide_what_becomes_of_entries() {
        for status in [200, 201, 204] {
            assert_eq!(answer(status, ""), Answer::Delivered);
        }
        for status in [400, 413, 422] {
            assert!(matches!(answer(status, "<html>"), Answer::Refused { .. }));
        }
        for status in [
            100, 301, 302, 307, 401, 403, 404, 405, 408, 418, 429, 500, 502, 503, 504,
        ] {
            assert!(
                matches!(answer(status, ""), Answer::Failed { .. }),
                "{status}"
            );
        }
    }

    #[test]
    fn a_refusal_names_entries() {
        let body = r#"{"detail":"1 entry is wrong","errors":[{"index":"?"},{"index":2,"field":"status","message":"is missing"}]}"#;
        let Answer::Refused {
            status,
            detail,
            faults,
        } = answer(422, body)
        else {
            panic!("refused");
        };
        assert_eq!((status, &*detail), (422, "1 entry is wrong"));
        assert_eq!(faults[0].index, 2);
        assert_eq!(faults[0].detail(), "status: is missing");
    }

    fn refusal_on(date: &str, fields: &[&str]) -> Answer {
        let errors: Vec<_> = fields
            .iter()
            .map(|field| serde_json::json!({"index": 0, "field": field, "message": "is wrong"}))
            .collect();
        let response = Response {
            status: 422,
            date: Some(date.to_owned()),
            body: serde_json::json!({ "errors": errors }).to_string(),
            ..Response::default()
        };
        Answer::of(&response, "http://here")
    }

    #[test]
    fn times_that_are_refused_for_a_wrong_clock_are_no_fault_of_entries() {
        let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
        for fields in [
            &["executed_at"][..],
            &["/executed_at", "/7/executed_at"],
            &["executed_at"; 3],
        ] {
            let answer = refusal_on(long_ago, fields);
            let Answer::Failed { reason, .. } = &answer else {
                panic!("{fields:?}: {answer:?}");
            };
            assert!(
                reason.ends_with("ahead of the server's: set the clock"),
                "{reason}"
            );
            assert!(answer.is_for(reason));
        }
        let today = httpdate::fmt_http_date(clock::now());
        for (date, fields) in [
            (&*today, &["executed_at"][..]),
            (long_ago, &["executed_at", "status"]),
            (long_ago, &["not_executed_at"]),
            (long_ago, &[]),
        ] {
            let answer = refusal_on(date, fields);
            assert!(
                matches!(answer, Answer::Refused { status: 422, .. }),
                "{date} {fields:?}"
            );
        }
    }

    #[test]
    fn a_pause_is_in_seconds_or_until_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_700);
        assert_eq!(pause("120", now), Some(Duration::from_secs(120)));
        assert_eq!(
            pause("Sun, 06 Nov 1994 08:49:37 GMT", now),
            Some(Duration::from_secs(77))
        );
        let late = now + Duration::from_secs(1000);
        assert_eq!(
            pause("Sun, 06 Nov 1994 08:49:37 GMT", late),
            Some(Duration::ZERO)
        );
        assert_eq!(pause("soon", now), None);
    }

    #[test]
    fn a_clock_that_is_off_by_a_day_is_noticed() {
        let there = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(
            fault_between(there + Duration::from_secs(24 * 3600), there),
            None
        );
        let fault = fault_between(there - Duration::from_secs(30 * 3600), there);
        assert_eq!(
            fault.unwrap(),
            "the clock of this machine is 30 hours behind the server's: set the clock"
        );
    }
}
