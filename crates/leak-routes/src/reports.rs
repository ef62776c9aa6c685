//! What a report says.

use actix_web::http::StatusCode;
use base64ct::{Base64, Encoding};
use central_logger_http_api::Problem;
use central_logger_keys::ApiKey;
use central_logger_leaked_keys::LeakReport;
use central_logger_log_store::{ValidationError, ValidationErrors};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The most tokens of a report.
pub(crate) const MOST: usize = 500;

/// A token that was reported.
pub(crate) struct Reported {
    pub(crate) report: LeakReport,
    token_hash: String,
    token_type: String,
}

/// What it is.
#[derive(Serialize)]
pub(crate) struct Labelled {
    token_hash: String,
    token_type: String,
    label: &'static str,
}

impl Reported {
    pub(crate) fn labelled(self, is_key: bool) -> Labelled {
        Labelled {
            token_hash: self.token_hash,
            token_type: self.token_type,
            label: match is_key {
                true => "true_positive",
                false => "false_positive",
            },
        }
    }
}

/// Reads a report. Members that are not known are passed over: scanners add some.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Reported>, Problem> {
    let whole: Value = serde_json::from_slice(body).map_err(|error| {
        let detail = format!("The body is no JSON: {error}");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })?;
    let Value::Array(elements) = whole else {
        let detail = "The body is an array of objects, each with a token";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    };
    if elements.len() > MOST {
        let detail = format!("A report has at most {MOST} tokens; nothing was changed");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let mut faults = ValidationErrors::default();
    let mut reported = Vec::new();
    for (index, element) in elements.into_iter().enumerate() {
        match one(&element) {
            Ok(one) => reported.push(one),
            Err((member, message)) => {
                let mut fault = ValidationErrors::default();
                fault.push(ValidationError::new(member, message));
                faults.extend_from_entry(index, fault);
            }
        }
    }
    match faults.is_empty() {
        true => Ok(reported),
        false => Err(Problem::faulty_elements(faults)),
    }
}

type Fault = (&'static str, &'static str);

fn one(element: &Value) -> Result<Reported, Fault> {
    let object = element.as_object().ok_or(("", "must be an object"))?;
    let text = |name: &'static str| match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err((name, "must be a string")),
    };
    let token = text("token")?.ok_or(("token", "is required"))?;
    let is_public = match object.get("public") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(is_public)) => *is_public,
        Some(_) => return Err(("public", "must be true or false")),
    };
    Ok(Reported {
        token_hash: Base64::encode_string(&Sha256::digest(token.as_bytes())),
        token_type: text("type")?.unwrap_or_default(),
        report: LeakReport {
            token: ApiKey::parse(&token).ok(),
            url: text("url")?,
            source: text("source")?,
            is_public,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_counts_as_public_unless_it_says_otherwise() {
        let body = json!([
            {"token": "abc123_dev_key", "type": "logger", "url": "https://x", "source": "commit", "new": 1},
            {"token": "b", "public": false},
            {"token": "two words"},
        ]);
        let read = read(body.to_string().as_bytes()).ok().unwrap();
        let public: Vec<_> = read.iter().map(|one| one.report.is_public).collect();
        assert_eq!(public, [true, false, true]);
        assert!(read[0].report.is_opaque() && read[2].report.token.is_none());
        let labelled = read.into_iter().next().unwrap().labelled(true);
        assert_eq!(
            serde_json::to_value(labelled).unwrap(),
            json!({
                "token_hash": "duJP4+S0IeIEW6ec41tlW2qspuAYRahvgBU62akSeZY=",
                "token_type": "logger", "label": "true_positive",
            })
        );
    }

    #[test]
    fn what_is_no_report_is_pointed_at() {
        for (body, status) in [
            ("", 400),
            ("{", 400),
            ("{}", 422),
            ("[7]", 422),
            (r#"[{"token": 7}]"#, 422),
            (r#"[{"url": "x"}]"#, 422),
            (r#"[{"token": "x", "public": "yes"}]"#, 422),
        ] {
            let problem = read(body.as_bytes()).err().unwrap();
            assert_eq!(problem.to_response().status(), status, "{body}");
        }
        let problem = read(br#"[{"token": "x"}, {"token": 7}]"#).err().unwrap();
        let problem = serde_json::to_value(problem).unwrap();
        assert_eq!(problem["errors"][0]["pointer"], "/1/token");
    }
}
