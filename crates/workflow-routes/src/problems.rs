//! What is answered when something cannot be done.

use actix_web::http::StatusCode;
use central_logger_http_api::Problem;
use central_logger_operation_routes::problems::of_operation;
use central_logger_problem_types::ProblemType;
use central_logger_text::Report;
use central_logger_workflow_operations::WorkflowOperationError;
use central_logger_workflows::{WorkflowError, WorkflowName};

/// Returns the answer to what is refused or has failed.
pub fn of_workflows(error: WorkflowError) -> Problem {
    let sentence = |error: &WorkflowError| {
        let text = error.to_string();
        text[..1].to_uppercase() + &text[1..]
    };
    match error {
        WorkflowError::Invalid(faults) => Problem::faulty_members(faults),
        error @ (WorkflowError::TooManyMonitors
        | WorkflowError::TooManyChannels
        | WorkflowError::TooManyStatusLinks) => {
            Problem::new(StatusCode::CONFLICT, sentence(&error)).with_state("limit_reached")
        }
        WorkflowError::HasMonitor => Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "The workflow has another monitor; it was not changed",
        ),
        error if error.is_transient() => {
            tracing::debug!(error = %Report(&error), "workflows not available");
            let detail = "The store does not answer at the moment: please try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        error => Problem::failed(&error, "working with workflows"),
    }
}

/// Returns the answer to a change that is refused or has failed.
pub fn of_change(error: WorkflowOperationError) -> Problem {
    match error {
        WorkflowOperationError::Workflow(error) => of_workflows(error),
        WorkflowOperationError::Operation(error) => of_operation(error),
    }
}

/// Returns the answer to a workflow without a monitor.
pub(crate) fn no_monitor(name: &WorkflowName) -> Problem {
    let WorkflowName {
        environment,
        workflow,
    } = name;
    let detail = format!("There is no monitor of {workflow} in the environment {environment}");
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// Returns the answer to a workflow of which nothing is known.
pub fn no_workflow(name: &WorkflowName) -> Problem {
    let WorkflowName {
        environment,
        workflow,
    } = name;
    let detail = format!("There is no workflow {workflow} in the environment {environment}");
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// Returns the answer to a key that may only write, and asks for more than to set a monitor where there is none.
pub(crate) fn lacks_scope() -> Problem {
    let detail = "Requires the scope keys:manage, or logs:write with If-None-Match: *";
    Problem::of(ProblemType::SCOPE, detail)
}
