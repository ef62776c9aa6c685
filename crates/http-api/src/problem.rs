//! Every error as `application/problem+json` (RFC 9457).

mod unavailable;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use central_logger_log_store::{SubmissionError, ValidationError, ValidationErrors};
use central_logger_problem_types::ProblemType;
use central_logger_tenant_logs::{
    AppendError,
    quotas::{IngestUnit, QuotaReached},
};
use central_logger_text::Report;
use serde::Serialize;
use std::{error::Error, fmt};
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Seconds after which a client may try again when the store does not answer.
const RETRY_AFTER: u32 = 1;

/// An error, as RFC 9457 has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem, which `/docs/problems` describes, or `about:blank`.
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
    #[schema(max_items = 100)]
    errors: Vec<InvalidValue>,
    /// How many more errors there are than are listed.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(minimum = 1)]
    more_errors: usize,
    /// The state that what was asked for does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    state: Option<&'static str>,
    /// The names of the limits that were reached.
    #[serde(
        rename = "violated-policies",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_policies"
    )]
    #[schema(value_type = Vec<String>, required = false, max_items = 4)]
    violated: Option<IngestUnit>,
    /// In seconds.
    #[serde(skip)]
    retry_after: Option<u32>,
}

/// Marks a response whose error is not to be made a problem of, since its clients expect another shape.
#[derive(Debug, Clone, Copy)]
pub struct InOwnShape;

/// A value that was not accepted.
#[derive(Debug, Serialize, ToSchema)]
struct InvalidValue {
    /// The position of the entry or element in its array, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = usize, required = false)]
    index: Option<usize>,
    /// The name of the member or parameter.
    field: String,
    /// The place in the body, as a JSON Pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pointer: Option<String>,
    /// What is wrong with it.
    message: String,
}

impl From<ValidationError> for InvalidValue {
    fn from(error: ValidationError) -> Self {
        Self {
            index: error.index,
            field: error.field,
            pointer: None,
            message: error.message,
        }
    }
}

impl InvalidValue {
    /// A member of a body that is an object, or an element of that member.
    fn in_object(error: ValidationError) -> Self {
        let name = error.field.replace('~', "~0").replace('/', "~1");
        let element = error.index.map(|index| format!("/{index}"));
        Self {
            pointer: Some(format!("/{name}{}", element.unwrap_or_default())),
            ..error.into()
        }
    }

    /// A member of an element of a body that is an array, or the element itself.
    fn in_array(error: ValidationError) -> Self {
        let index = error.index.unwrap_or_default();
        let pointer = match error.field.as_str() {
            "" => format!("/{index}"),
            name => format!("/{index}/{}", name.replace('~', "~0").replace('/', "~1")),
        };
        Self {
            pointer: Some(pointer),
            ..error.into()
        }
    }
}

impl Problem {
    /// Makes one of this kind, with what is wrong, for people.
    pub fn of(kind: ProblemType, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(kind.status());
        Self {
            kind: kind.uri(),
            ..Self::new(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), detail)
        }
    }

    /// Makes one of which the status says what kind it is.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let kind = ProblemType::of_status(status.as_u16());
        Self {
            kind: kind.map_or("about:blank", |kind| kind.uri()),
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail: detail.into(),
            errors: Vec::new(),
            more_errors: 0,
            state: None,
            violated: None,
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

    /// Returns the answer to members of a body that are not accepted.
    pub fn faulty_members(faults: ValidationErrors) -> Self {
        Self::of_members(faults, InvalidValue::in_object)
    }

    /// Returns the answer to elements of a body that are not accepted.
    pub fn faulty_elements(faults: ValidationErrors) -> Self {
        Self::of_members(faults, InvalidValue::in_array)
    }

    fn of_members(faults: ValidationErrors, place: fn(ValidationError) -> InvalidValue) -> Self {
        let (errors, more_errors) = faults.into_parts();
        Self {
            errors: errors.into_iter().map(place).collect(),
            more_errors,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Members are not accepted, see errors; nothing was changed",
            )
        }
    }

    /// Adds what is wrong within a member that is an object.
    pub(crate) fn and_within(mut self, member: &str, within: Self) -> Self {
        let room = ValidationErrors::MAX_LISTED - self.errors.len();
        let (count, more) = (within.errors.len(), within.more_errors);
        let errors = within.errors.into_iter().take(room);
        self.errors.extend(errors.map(|error| InvalidValue {
            field: format!("{member}.{}", error.field),
            pointer: error.pointer.map(|pointer| format!("/{member}{pointer}")),
            ..error
        }));
        self.more_errors += more + count.saturating_sub(room);
        self
    }

    fn faulty(detail: &str, faults: ValidationErrors) -> Self {
        let (errors, more_errors) = faults.into_parts();
        Self {
            errors: errors.into_iter().map(InvalidValue::from).collect(),
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
            retry_after: Some(whole(seconds)),
            ..self
        }
    }

    /// Tells which state it is that what was asked for does not fit.
    pub fn with_state(self, state: &'static str) -> Self {
        Self {
            state: Some(state),
            ..self
        }
    }

    /// What is wrong, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The members or parameters that were not accepted, and what is wrong with each.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        let errors = self.errors.iter();
        errors.map(|error| (error.field.as_str(), error.message.as_str()))
    }

    /// After how many seconds to try again, if that is known.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
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

/// The nearest number of seconds that a header has.
fn whole(seconds: i64) -> u32 {
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

fn as_policies<S: serde::Serializer>(unit: &Option<IngestUnit>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(unit.map(|unit| match unit {
        IngestUnit::Entries => "entries",
        IngestUnit::Bytes => "bytes",
    }))
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
        let overloaded = |detail| Self::of(ProblemType::TEMPORARY_REDUCED_CAPACITY, detail);
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
                    retry_after: Some(whole(wait.whole_seconds() + 1)),
                    violated: Some(unit),
                    ..Self::of(ProblemType::QUOTA_EXCEEDED, detail)
                }
            }
            AppendError::Full => {
                overloaded("Too many entries wait to be stored: send it again later")
            }
            AppendError::Late => {
                overloaded("The store is too slow at the moment: send it again later")
            }
            AppendError::Ending => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is stopping: please send it again",
            ),
            AppendError::KeyReused => Self::of(
                ProblemType::IDEMPOTENCY_KEY_REUSED,
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
