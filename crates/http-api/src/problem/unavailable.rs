//! What is answered when a store fails, or answers of before are not read.

use super::Problem;
use crate::room::NoRoom;
use actix_web::http::StatusCode;
use central_logger_key_activity::ActivityError;
use central_logger_log_store::LogStoreError;
use central_logger_problem_types::ProblemType;
use central_logger_text::Report;

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
        Self::of(ProblemType::TEMPORARY_REDUCED_CAPACITY, detail)
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
            LogStoreError::TooSlow => Self::of(
                ProblemType::TOO_EXPENSIVE,
                "Reading this would take too long: ask for a shorter time with from and to",
            ),
            LogStoreError::Busy => Self::of(
                ProblemType::TEMPORARY_REDUCED_CAPACITY,
                "Too many requests of this client wait to read: send it again later, and fewer at a \
                 time",
            ),
            LogStoreError::TooManyValues => Self::of(
                ProblemType::TOO_EXPENSIVE,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_title_of_its_status() {
        for kind in ProblemType::ALL {
            let problem = Problem::of(*kind, "detail");
            assert_eq!(problem.kind, kind.uri());
            assert_eq!(problem.status.as_u16(), kind.status());
            assert_eq!(problem.title, kind.title());
        }
        assert_eq!(
            Problem::new(StatusCode::IM_A_TEAPOT, "").kind,
            "about:blank"
        );
    }
}
