//! What is done to a key.

use super::{
    fields::{members, named, read},
    one::show,
    shown,
};
use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode, web::Path};
use central_logger_http_api::Problem;
use central_logger_key_routes::requests;
use central_logger_keys::{KeyId, Scope};
use central_logger_operation_routes::problems::{key_id, of_operation};
use central_logger_operations::{Change, Once, OperationError, Operations, keys::Successor};
use central_logger_pages::{Failure, banner, count, time::took};
use central_logger_people::{Fields, Person, Submitted, address::KEYS};
use maud::{Markup, html};
use serde_json::{Map, json};
use std::time::Duration;

/// Makes a successor, and shows it this once.
pub(crate) async fn rotate(
    submitted: Submitted,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    person.need(Scope::KEYS_MANAGE)?;
    match rotated(&person, &fields, &id).await {
        Ok(Once::Repeated(repeated)) => Ok(shown::made_before(&person, &repeated.result)),
        Ok(Once::Done(change)) => {
            if change.result.is_wait_due {
                let waited = change.everywhere().await;
                if let Err(error) = waited {
                    tracing::warn!(%error, "a new key was not confirmed everywhere");
                }
            }
            let old = &change.result.replaces;
            let further = match change.result.works_until {
                Some(end) => html! {
                    p {
                        "The old key works " (central_logger_pages::time::distance(end, person.now)) " longer. "
                        a href={ (KEYS) "/" (old) } { "See who still uses it" } "."
                    }
                },
                None => html! { p { "The old key is revoked." } },
            };
            Ok(shown::page(
                &person,
                &request,
                &change.result.issued,
                further,
            ))
        }
        Err(problem) => refused(&person, &id, problem).await,
    }
}

async fn rotated(person: &Person, fields: &Fields, id: &str) -> Result<Once<Successor>, Problem> {
    let named = named(person, &format!("{KEYS}/{id}/rotate"), fields);
    let id = key_id(id)?;
    let rotation = requests::rotation(read(members(fields, &["grace"]))?)?;
    let prefix = &person.console.prefix;
    let rotate = async |operations: Operations| operations.rotate(&id, prefix, rotation).await;
    let once = person.operations.once(named, rotate);
    once.await.map_err(of_operation)
}

/// Ends the grace of a key that was rotated.
pub(crate) async fn finish(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let operation = async |operations: Operations, id: &KeyId| operations.finish_rotation(id).await;
    withdraw(submitted, &id, "The rotation is finished", operation).await
}

/// Lets a key that was rotated work longer.
pub(crate) async fn extend(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let by = read(members(&submitted.fields, &["by"])).and_then(requests::extension);
    let by = by.map_err(|problem| submitted.person.failed(problem))?;
    let operation =
        async |operations: Operations, id: &KeyId| operations.extend_rotation(id, by).await;
    let done = |_: Duration| html! { p { "The grace period is longer now. Every server knows." } };
    change(submitted, &id, operation, done).await
}

/// Switches a key off.
pub(crate) async fn disable(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let operation = async |operations: Operations, id: &KeyId| operations.disable(id).await;
    withdraw(submitted, &id, "The key is disabled", operation).await
}

/// Switches a key on again.
pub(crate) async fn enable(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let operation = async |operations: Operations, id: &KeyId| operations.enable(id).await;
    let done = |waited| html! { p { "The key is enabled. Every server accepts it (" (in_words(waited)) ")." } };
    change(submitted, &id, operation, done).await
}

/// Revokes a key whose id was typed.
pub(crate) async fn revoke(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let fields = &submitted.fields;
    if fields.get("confirm") != Some(&**id) {
        let person = &submitted.person;
        let notice = banner::problem(html! {
            p { "Nothing was revoked. To revoke the key, type its id: " code { (id) } }
        });
        return show(person, &id, notice, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let mut body: Map<_, _> = members(fields, &["reason"]);
    body.insert(
        "with_made".to_owned(),
        json!(fields.get("with_made").is_some()),
    );
    let read = read(body).and_then(requests::revocation);
    let (reason, with_made) = read.map_err(|problem| submitted.person.failed(problem))?;
    let operation = async |operations: Operations, id: &KeyId| match with_made {
        true => operations.revoke_with_made(id, reason.as_ref()).await,
        false => operations.revoke(id, reason.as_ref()).await,
    };
    let what = match with_made {
        true => "The key and all that it has made are revoked",
        false => "The key is revoked",
    };
    withdraw(submitted, &id, what, operation).await
}

/// Takes access away, and says how long it took.
async fn withdraw<T>(
    submitted: Submitted,
    id: &str,
    what: &str,
    operation: impl AsyncFnOnce(Operations, &KeyId) -> Result<Change<T>, OperationError>,
) -> Result<HttpResponse, Failure> {
    let done =
        |waited| html! { p { (what) ". No server accepts it any more (" (in_words(waited)) ")." } };
    change(submitted, id, operation, done).await
}

async fn change<T>(
    submitted: Submitted,
    id: &str,
    operation: impl AsyncFnOnce(Operations, &KeyId) -> Result<Change<T>, OperationError>,
    done: impl FnOnce(Duration) -> Markup,
) -> Result<HttpResponse, Failure> {
    let person = &submitted.person;
    person.need(Scope::KEYS_MANAGE)?;
    let key = key_id(id).map_err(|problem| person.failed(problem))?;
    let path = format!("{KEYS}/{id}");
    let named = named(person, &path, &submitted.fields);
    let operation = async |operations: Operations| operation(operations, &key).await;
    let changed = async {
        let once = person.operations.once(named, operation).await?;
        once.everywhere().await
    };
    match changed.await {
        Ok(waited) => show(person, id, banner::done(done(waited)), StatusCode::OK).await,
        Err(error) => refused(person, id, of_operation(error)).await,
    }
}

/// The page of the key as it is, below what is wrong.
async fn refused(person: &Person, id: &str, problem: Problem) -> Result<HttpResponse, Failure> {
    let status = problem.status_code();
    match status {
        StatusCode::NOT_FOUND => Err(person.failed(problem)),
        _ => show(person, id, Failure::from(problem).notice(), status).await,
    }
}

fn in_words(waited: Duration) -> String {
    let milliseconds = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    match milliseconds {
        0 => format!("in less than {}", count::of(1, "millisecond")),
        milliseconds => took(milliseconds),
    }
}
