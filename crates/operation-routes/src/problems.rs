//! What is answered when an operation is refused or fails.

use actix_web::http::StatusCode;
use central_logger_hash_pool::HashPoolError;
use central_logger_http_api::Problem;
use central_logger_key_store::{KeyStoreError, TransitionError, authority::Denied};
use central_logger_keyring::KeyringError;
use central_logger_keys::{ClientId, KeyId};
use central_logger_log_store::ValidationError;
use central_logger_operations::OperationError;
use central_logger_problem_types::ProblemType;
use central_logger_text::Report;

/// Returns the answer to a key that is not there for the caller.
pub fn unknown_key(id: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("There is no key {id}"))
}

/// Returns the id of a key in a path.
///
/// # Errors
/// When there can be no such key.
pub fn key_id(id: &str) -> Result<KeyId, Problem> {
    id.parse().map_err(|_| unknown_key(id))
}

/// Returns the answer to an alert that is not there.
pub fn unknown_alert(id: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("There is no alert {id}"))
}

/// Returns the id of a client in a path.
///
/// # Errors
/// When there can be no such client.
pub fn client_id(id: &str) -> Result<ClientId, Problem> {
    let unknown = |_| Problem::new(StatusCode::NOT_FOUND, format!("There is no client {id}"));
    id.parse().map_err(unknown)
}

/// Returns the answer to an operation that is refused or has failed.
pub fn of_operation(error: OperationError) -> Problem {
    match error {
        OperationError::Keyring(error) => of_keyring(error),
        OperationError::StillValid(error) => {
            tracing::debug!(error = %Report(&error), "access was not taken away");
            let detail = "Nothing was changed, so access is not taken away: please try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        OperationError::Activity(error) => error.into(),
        OperationError::NotSeenEverywhere(error) => {
            tracing::debug!(error = %Report(&error), "a change was not confirmed everywhere");
            let detail = "The change is made, but it could not be confirmed that every server applies it: \
                please try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        OperationError::OnlyStatic { .. } => {
            Problem::new(StatusCode::CONFLICT, sentence(&error.to_string())).with_state("static")
        }
        OperationError::Target(_) | OperationError::FileOutside => {
            faulty("deliver", error.to_string())
        }
        OperationError::ValueTemplate(_) => faulty("deliver_template", error.to_string()),
        OperationError::MailAddress(_) => faulty("mail", error.to_string()),
        OperationError::UnknownAlert(id) => unknown_alert(id.as_str()),
        OperationError::Cursor(_) => no_cursor(),
        OperationError::Logs(error) => error.into(),
        OperationError::Sessions(error) if error.is_transient() => {
            tracing::debug!(error = %Report(&error), "sessions not available");
            let detail = "The store does not answer at the moment: please try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
        error => Problem::failed(&error, "working for the provider or a client"),
    }
}

/// The answer to a cursor that no page of the list has named.
fn no_cursor() -> Problem {
    let fault = ValidationError::new("cursor", "is no next_cursor of this list");
    Problem::faulty_query(fault.into())
}

fn of_keyring(error: KeyringError) -> Problem {
    let message = sentence(&error.to_string());
    let unavailable = |detail: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
    match &error {
        KeyringError::UnknownKey(id) => unknown_key(id.as_str()),
        KeyringError::NoKeys(_) | KeyringError::UnknownClient(_) => {
            Problem::new(StatusCode::NOT_FOUND, message)
        }
        KeyringError::ExpiryPassed => faulty("expires_at", "must be in the future"),
        KeyringError::Scope(_) => faulty("scopes", error.to_string()),
        KeyringError::TooManyKeys => faulty("key_ids", error.to_string()),
        KeyringError::Denied(denied) => of_denied(denied),
        KeyringError::Store(KeyStoreError::ExternalIdExists(_)) => {
            Problem::new(StatusCode::CONFLICT, message).with_state("external_id_taken")
        }
        KeyringError::Changed(_) | KeyringError::ClientChanged(_) => {
            Problem::new(StatusCode::PRECONDITION_FAILED, message)
        }
        KeyringError::OtherRequest => Problem::of(
            ProblemType::IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key was used for another request in the last 24 hours; nothing was changed",
        ),
        KeyringError::Transition(TransitionError::TooFar) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, message)
        }
        KeyringError::Transition(error) => {
            Problem::new(StatusCode::CONFLICT, message).with_state(state(error))
        }
        KeyringError::TooManyMakers => Problem::new(StatusCode::CONFLICT, message),
        KeyringError::Contended => unavailable("Too many others change keys: please try again"),
        KeyringError::Store(KeyStoreError::OutcomeUnknown(_)) => unavailable(
            "Whether the change was made is not known: look at the keys, and try again if it was not",
        ),
        KeyringError::Store(store) if store.is_transient() => {
            tracing::debug!(error = %Report(store), "keys not available");
            unavailable("The store does not answer at the moment: please try again")
        }
        KeyringError::Hash(HashPoolError::Full(_)) => {
            unavailable("Too many keys wait to be hashed: please try again")
        }
        KeyringError::WrongPepper(_) => {
            tracing::error!(error = %Report(&error), "keys cannot be changed");
            unavailable("Keys cannot be changed at the moment: please try again")
        }
        _ => Problem::failed(&error, "managing keys"),
    }
}

fn of_denied(denied: &Denied) -> Problem {
    match denied.code {
        "scopes_required" => faulty("scopes", &denied.message),
        "expiry_required" => faulty("expires_at", &denied.message),
        "unknown_key" => Problem::new(StatusCode::NOT_FOUND, &denied.message),
        "self_service_off" | "max_keys" => Problem::of(ProblemType::CLIENT_POLICY, &denied.message),
        _ => Problem::of(ProblemType::BEYOND_RIGHTS, &denied.message),
    }
}

fn faulty(member: &str, message: impl Into<String>) -> Problem {
    Problem::faulty_members(ValidationError::new(member, message).into())
}

/// The state that a change does not fit.
fn state(error: &TransitionError) -> &'static str {
    match error {
        TransitionError::Revoked(_) => "revoked",
        TransitionError::Expired(_) => "expired",
        TransitionError::Disabled(_) => "disabled",
        TransitionError::Rotated(_) => "rotated",
        TransitionError::BeingHandedOver { .. } => "pending",
        _ => "not_rotated",
    }
}

/// A message of the command line as a sentence of its own.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_uppercase());
    first.into_iter().flatten().chain(characters).collect()
}
