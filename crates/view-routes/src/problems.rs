//! What is answered when something cannot be done.

use actix_web::http::StatusCode;
use central_logger_http_api::Problem;
use central_logger_saved_views::SavedViewError;
use central_logger_text::Report;

/// Returns the answer to what is refused or has failed.
pub fn of_views(error: SavedViewError) -> Problem {
    match error {
        SavedViewError::Invalid(faults) => Problem::faulty_members(faults),
        SavedViewError::TooMany => {
            let detail = format!("A{}", &error.to_string()[1..]);
            Problem::new(StatusCode::CONFLICT, detail).with_state("limit_reached")
        }
        error if error.is_transient() => {
            tracing::debug!(error = %Report(&error), "saved views not available");
            let detail = "The store does not answer at the moment: please try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        error => Problem::failed(&error, "working with saved views"),
    }
}

/// Returns the answer to a view that is not there.
pub fn no_view(name: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("There is no saved view {name}"),
    )
}

/// Returns the answer to a person of the provider, who sees what a client sees and changes nothing of it.
pub fn reads_only() -> Problem {
    let detail = "This session reads only: it is one of the provider";
    Problem::new(StatusCode::FORBIDDEN, detail)
}
