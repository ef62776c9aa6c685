//! Making a key.

use super::{
    fields::{REQUEST, list, members, named, read},
    shown,
};
use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode};
use central_logger_http_api::Problem;
use central_logger_key_routes::requests;
use central_logger_keys::{KeyId, Scope};
use central_logger_operation_routes::problems::of_operation;
use central_logger_operations::{Once, Operations};
use central_logger_pages::{
    Failure,
    form::{self, Field, field},
};
use central_logger_people::{Fields, Person, Submitted, address::KEYS};
use maud::{Markup, html};
use serde_json::{Value, json};

const PATH: &str = "/console/keys/new";

const LIFETIMES: [(&str, &str); 5] = [
    ("30d", "in 30 days"),
    ("90d", "in 90 days"),
    ("180d", "in half a year"),
    ("365d", "in a year"),
    ("", "never"),
];

/// The form.
pub(crate) async fn form(person: Person) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    let request = KeyId::generate()
        .map_err(|error| person.failed(Problem::failed(&error, "making a form")))?;
    let blank = Fields(vec![
        (REQUEST.to_owned(), request.to_string()),
        ("scopes".to_owned(), "logs:write".to_owned()),
        ("expires_in".to_owned(), "365d".to_owned()),
    ]);
    let page = person.page("Issue a key", KEYS, fields(&person, &blank, html! {}));
    Ok(page.answer(StatusCode::OK))
}

/// Makes the key, and shows it this once.
pub(crate) async fn issue(
    submitted: Submitted,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    person.need(Scope::KEYS_MANAGE)?;
    match made(&person, &fields).await {
        Ok(Once::Done(issued)) => {
            if let Err(error) = issued.everywhere().await {
                tracing::warn!(%error, "a new key was not confirmed everywhere");
            }
            Ok(shown::page(&person, &request, &issued.result, html! {}))
        }
        Ok(Once::Repeated(repeated)) => Ok(shown::made_before(&person, &repeated.result)),
        Err(problem) => {
            let status = problem.status_code();
            let notice = Failure::from(problem).notice();
            let page = person.page("Issue a key", KEYS, self::fields(&person, &fields, notice));
            Ok(page.answer(status))
        }
    }
}

async fn made(
    person: &Person,
    fields: &Fields,
) -> Result<Once<central_logger_operations::keys::Issued>, Problem> {
    let mut body = members(
        fields,
        &["name", "expires_in", "rate", "environment", "note"],
    );
    body.insert("scopes".to_owned(), Value::Array(list(fields, "scopes")));
    let networks = list(fields, "allow_ip");
    if !networks.is_empty() {
        body.insert("allow_ip".to_owned(), json!(networks));
    }
    let new = requests::new_key(read(body)?, Some(person.client().clone()), person.now)?;
    let prefix = &person.console.prefix;
    let issue = async |operations: Operations| operations.issue_requested(prefix, new).await;
    let once = person.operations.once(named(person, PATH, fields), issue);
    once.await.map_err(of_operation)
}

fn fields(person: &Person, fields: &Fields, notice: Markup) -> Markup {
    let value = |name: &str| fields.get(name).unwrap_or_default();
    let scopes = [Scope::LOGS_WRITE, Scope::LOGS_READ, Scope::KEYS_MANAGE];
    let has = |scope: &Scope| fields.all("scopes").any(|chosen| chosen == scope.as_str());
    let lifetime = value("expires_in");
    let content = html! {
        input type="hidden" name=(REQUEST) value=(value(REQUEST));
        (field(&Field { name: "name", label: "Name", hint: "What it is for, such as billing job", value: value("name") }))
        fieldset {
            legend { "It may" }
            @for scope in scopes.iter().filter(|scope| person.may(scope)) {
                label.check {
                    input type="checkbox" name="scopes" value=(scope) checked[has(scope)];
                    span { (meaning(scope)) " " code.tag { (scope) } }
                }
            }
        }
        div.field {
            label for="expires_in" { "It ends" }
            select id="expires_in" name="expires_in" {
                @for (length, text) in LIFETIMES {
                    option value=(length) selected[length == lifetime] { (text) }
                }
            }
        }
        fieldset {
            legend { "Label" }
            @for (label, text) in [("live", "for real work"), ("test", "for tests")] {
                label.check {
                    input type="radio" name="environment" value=(label)
                        checked[label == value("environment") || (label == "live" && value("environment").is_empty())];
                    span { code { (label) } ", " (text) }
                }
            }
        }
        details.panel {
            summary { "Limits" }
            (field(&Field { name: "allow_ip", label: "Networks", hint: "Accepted from these alone, such as 203.0.113.0/24, with spaces between several; empty for anywhere", value: value("allow_ip") }))
            (field(&Field { name: "rate", label: "Rate", hint: "Requests in a time, such as 100/s or 1000/m; empty for that of your session", value: value("rate") }))
            (field(&Field { name: "note", label: "Note", hint: "", value: value("note") }))
        }
        button.primary type="submit" { "Issue the key" }
        " " a.button href=(KEYS) { "Cancel" }
    };
    html! {
        (notice)
        div.panel.narrow-panel { (form::changing(PATH, &person.form_token, content)) }
    }
}

fn meaning(scope: &Scope) -> &'static str {
    match scope.as_str() {
        "logs:write" => "send entries",
        "logs:read" => "read entries",
        _ => "manage keys",
    }
}
