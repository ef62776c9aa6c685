//! Every error as `application/problem+json` (RFC 9457).

use crate::room::NoRoom;
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use central_logger_key_activity::ActivityError;
use central_logger_log_store::{
    AppendError, LogStoreError, SubmissionError, ValidationError, ValidationErrors,
    quotas::QuotaReached,
};
use central_logger_text::Report;
use serde::Serialize;
use std::{error::Error, fmt};
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Seconds after which a client may try again when the store does not answer.
const RETRY_AFTER: i64 = 1;

/// An error, as RFC 9457 has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The name of the status.
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16, minimum = 400, maximum = 599)]
    status: StatusCode,
    /// What is wrong, for people.
    detail: String,
    /// The values that were not accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<InvalidValue>, max_items = 100)]
    errors: Vec<ValidationError>,
    /// How many more errors there are than are listed.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(minimum = 1)]
    more_errors: usize,
    /// In seconds.
    #[serde(skip)]
    retry_after: Option<i64>,
}

/// A value that was not accepted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are only described")]
struct InvalidValue {
    /// The position of the entry in the array that was sent, from 0.
    #[schema(value_type = usize, required = false)]
    index: Option<usize>,
    /// The name of the member or parameter.
    field: String,
    /// What is wrong with it.
    message: String,
}

impl Problem {
    /// Makes one that has only a status and what is wrong, for people.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail: detail.into(),
            errors: Vec::new(),
            more_errors: 0,
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER),
        }
    }

    /// Values in a body that are not accepted.
    fn faulty_body(faults: ValidationErrors) -> Self {
        Self::faulty(
            "Values are not accepted, see errors; nothing was stored",
            faults,
        )
    }

    /// Returns the answer to values in a query that are not accepted.
    pub fn faulty_query(faults: ValidationErrors) -> Self {
        Self::faulty("Parameters are not accepted, see errors", faults)
    }

    fn faulty(detail: &str, faults: ValidationErrors) -> Self {
        let (errors, more_errors) = faults.into_parts();
        Self {
            errors,
            more_errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
    }

    /// Returns the answer when the server is at fault while doing this; the log says why.
    pub fn failed(error: &(dyn Error + 'static), doing: &'static str) -> Self {
        tracing::error!(error = %Report(error), doing, "a request could not be served");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The request could not be served: the server's log says why",
        )
    }

    /// Tells after how many seconds to try again.
    pub fn with_retry_after(self, seconds: i64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// Returns the answer that carries this problem.
    pub fn to_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type(MEDIA_TYPE);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        response.json(self)
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.detail)
    }
}

impl actix_web::ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.to_response()
    }
}

impl From<SubmissionError> for Problem {
    fn from(error: SubmissionError) -> Self {
        match error {
            SubmissionError::Invalid(faults) => Self::faulty_body(faults),
            SubmissionError::TooManyEntries => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string())
            }
            _ => Self::new(StatusCode::BAD_REQUEST, error.to_string()),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let unavailable = |detail| Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        match error {
            AppendError::Store(error) => error.into(),
            AppendError::TooOld(faults) => Self::faulty_body(faults),
            AppendError::QuotaReached(QuotaReached {
                unit,
                limit,
                used,
                until,
                wait,
            }) => {
                let until = until.format(&Rfc3339).unwrap_or_default();
                let detail = format!(
                    "The client may store {limit} {unit} in a day and has stored {used}, so this \
                     does not fit: send it again after {until}; nothing was stored"
                );
                Self {
                    // Rounded up, so that a client does not come too early.
                    retry_after: Some(wait.whole_seconds() + 1),
                    ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
                }
            }
            AppendError::Full => {
                unavailable("Too many entries wait to be stored: send it again later")
            }
            AppendError::Late => {
                unavailable("The store is too slow at the moment: send it again later")
            }
            AppendError::Ending => unavailable("The server is stopping: please send it again"),
            AppendError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "This Idempotency-Key was used for a request with another body or another \
                 type of it; nothing was stored",
            ),
            error => {
                tracing::error!(error = %Report(&error), "entries were not stored");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The server failed")
            }
        }
    }
}

impl From<ActivityError> for Problem {
    fn from(error: ActivityError) -> Self {
        match error.is_transient() {
            true => {
                tracing::debug!(error = %Report(&error), "usage and alerts not available");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The store does not answer at the moment: please try again",
                )
            }
            false => {
                tracing::error!(error = %Report(&error), "reading usage or alerts failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The store failed: the server's log says why",
                )
            }
        }
    }
}

/// Answers to this client are not read.
impl From<NoRoom> for Problem {
    fn from(_: NoRoom) -> Self {
        let detail =
            "Too many answers to this client wait to be read: read them, or try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

impl From<LogStoreError> for Problem {
    fn from(error: LogStoreError) -> Self {
        match &error {
            LogStoreError::Unavailable(_) | LogStoreError::OutcomeUnknown(_) => {
                tracing::debug!(error = %Report(&error), "log store not available");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The store does not answer at the moment: please send it again",
                )
            }
            LogStoreError::IdTaken => {
                tracing::error!("ids of entries are taken again and again: is the clock right?");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The entries found no place at the moment: please send them again",
                )
            }
            LogStoreError::TooSlow => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Reading this would take too long: ask for a shorter time with from and to",
            ),
            LogStoreError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many requests of this client wait to read: send it again later, and fewer at a \
                 time",
            ),
            LogStoreError::TooManyValues => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "There are too many different values to count apart: ask for a shorter time with \
                 from and to, or count by something else",
            ),
            _ => {
                tracing::error!(error = %Report(&error), "log store failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The store failed: the server's log says why",
                )
            }
        }
    }
}
