//! Errors of operations as answers.

use actix_web::http::StatusCode;
use central_logger_http_api::Problem;
use central_logger_keys::KeyId;
use central_logger_operation_routes::problems::of_operation;
use central_logger_operations::OperationError;
use central_logger_sessions::SessionStoreError;

/// Returns the answer to an operation that was refused or has failed.
pub fn problem(error: OperationError) -> Problem {
    let status = match &error {
        OperationError::UnknownSession(id) => return unknown(id.as_str()),
        OperationError::InvalidLink(_) => StatusCode::UNPROCESSABLE_ENTITY,
        OperationError::Sessions(SessionStoreError::Full) => StatusCode::CONFLICT,
        _ => return of_operation(error),
    };
    Problem::new(status, sentence(&error.to_string()))
}

/// Returns the answer to the id of a session that is not there for the caller.
pub fn unknown(id: &str) -> Problem {
    let is_id = id.parse::<KeyId>().is_ok();
    let detail = match is_id {
        true => format!("There is no session {id}"),
        false => "There is no such session".to_owned(),
    };
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// No cookie can hold a session here.
pub(crate) fn needs_https() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "Sessions need HTTPS: open this server by its https address, or on its own machine",
    )
}

/// Nothing is there to sign in for.
pub(crate) fn no_console() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "This server has no console to sign in to: LOGGER_CONSOLE is off",
    )
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}
