//! What the provider sets for a client.

use crate::{Submitted, client};
use actix_web::{HttpResponse, ResponseError, http::StatusCode, web::Path};
use central_logger_http_api::{Members, Problem};
use central_logger_key_store::quota::QuotaDimension;
use central_logger_keys::ClientId;
use central_logger_operation_routes::problems::of_operation;
use central_logger_operations::clients::ClientView;
use central_logger_pages::{
    Failure, banner,
    form::{self, Field, field},
};
use central_logger_people::{Fields, PersonOfProvider};
use central_logger_provider_routes::client_patch;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use std::num::NonZeroU64;

/// The version of what is shown, so that nothing that others have set meanwhile is overwritten.
const VERSION: &str = "version";

/// Texts, and what they are called.
const TEXTS: [(&str, &str, &str); 5] = [
    ("name", "Name", "For people, such as Globex Corp."),
    (
        "external_id",
        "External id",
        "The id that another system has.",
    ),
    ("mail", "Mail", ""),
    (
        "deliver",
        "Keys are handed over to",
        "Such as vault:secret/acme/logger.",
    ),
    ("keep", "Logs are kept", "Such as 90d, or forever."),
];

/// Answers to yes or no.
const FLAGS: [(&str, &str); 3] = [
    ("self_service", "manages its keys by itself"),
    ("require_expiry", "its new keys need an end"),
    (
        "renewable",
        "its successors may outlive an end that was set",
    ),
];

/// Limits of its policy.
const LIMITS: [(&str, &str, &str); 2] = [
    ("max_keys", "Keys at most", "Empty for any number."),
    (
        "max_lifetime",
        "A key lives at most",
        "Such as 90d; empty for as long as wanted.",
    ),
];

/// Changes what was changed in the form.
pub(crate) async fn save(submitted: Submitted, id: Path<String>) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    let client = client::client_id(&person, &id)?;
    match saved(&person, &fields, &client).await {
        Ok(false) => {
            let notice = banner::hint(html! { p { "Nothing was changed in the form." } });
            client::show(&person, &client, notice).await
        }
        Ok(true) => {
            let done =
                html! { p { "Saved. Every server knows, and the audit trail tells of it." } };
            client::show(&person, &client, banner::done(done)).await
        }
        Err(problem) if problem.status_code() == StatusCode::NOT_FOUND => {
            Err(person.failed(problem))
        }
        Err(problem) => {
            let status = problem.status_code();
            let notice = Failure::from(problem).notice();
            client::show_as(&person, &client, notice, status).await
        }
    }
}

async fn saved(
    person: &PersonOfProvider,
    fields: &Fields,
    client: &ClientId,
) -> Result<bool, Problem> {
    let view = person.operations.traced_client(client).await;
    let view = view.map_err(of_operation)?;
    if fields.get(VERSION) != Some(&*view.etag.to_string()) {
        let detail = "Somebody else has changed this client meanwhile: look at it as it is now, and try again";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let changed = changed(fields, &view);
    if changed.is_empty() {
        return Ok(false);
    }
    let body = Value::Object(changed).to_string();
    let patch = client_patch(client, Members::parse(body.as_bytes())?)?;
    let operations = person.operations.clone().if_match(vec![view.etag]);
    let set = operations.set_client(client, &patch).await;
    let set = set.map_err(of_operation)?;
    set.everywhere().await.map_err(of_operation)?;
    Ok(true)
}

/// The members of a patch of what is otherwise in the form than in the view.
fn changed(fields: &Fields, view: &ClientView) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, ..) in TEXTS {
        let wanted = fields.get(name).map(str::to_owned);
        if wanted != text_of(view, name) {
            members.insert(name.to_owned(), json!(wanted));
        }
    }
    let mut policy = Map::new();
    for (name, _) in FLAGS {
        let wanted = fields.get(name).is_some();
        if wanted != flag_of(view, name) {
            policy.insert(name.to_owned(), json!(wanted));
        }
    }
    for (name, ..) in LIMITS {
        let wanted = fields.get(name).map(str::to_owned);
        if wanted != limit_of(view, name) {
            policy.insert(
                name.to_owned(),
                number_or_text(wanted.as_deref(), json!("none")),
            );
        }
    }
    let mut quota = Map::new();
    for dimension in QuotaDimension::ALL {
        let wanted = fields.get(dimension.as_str()).map(str::to_owned);
        if wanted != quota_of(view, dimension) {
            let wanted = number_or_text(wanted.as_deref(), Value::Null);
            quota.insert(dimension.as_str().to_owned(), wanted);
        }
    }
    for (name, part) in [("policy", policy), ("quota", quota)] {
        if !part.is_empty() {
            members.insert(name.to_owned(), Value::Object(part));
        }
    }
    members
}

/// What is no number is read, and refused, as it was written.
fn number_or_text(text: Option<&str>, without: Value) -> Value {
    match text {
        None => without,
        Some(text) => text
            .parse::<u64>()
            .map_or_else(|_| json!(text), |number| json!(number)),
    }
}

fn text_of(view: &ClientView, name: &str) -> Option<String> {
    match name {
        "name" => view.name.clone(),
        "external_id" => view.external_id.clone(),
        "mail" => view.mail.clone(),
        "deliver" => view.deliver.clone(),
        _ => Some(view.keep.to_string()),
    }
}

fn flag_of(view: &ClientView, name: &str) -> bool {
    let policy = &view.policy;
    match name {
        "self_service" => policy.self_service,
        "require_expiry" => policy.require_expiry,
        _ => policy.renewable,
    }
}

fn limit_of(view: &ClientView, name: &str) -> Option<String> {
    match name {
        "max_keys" => view.policy.max_keys.map(|most| most.to_string()),
        _ => view.policy.max_lifetime_text(),
    }
}

fn quota_of(view: &ClientView, dimension: QuotaDimension) -> Option<String> {
    let limit = view.quota.quota.limit(dimension);
    limit.map(NonZeroU64::get).map(|limit| limit.to_string())
}

/// The form.
pub(crate) fn form(person: &PersonOfProvider, view: &ClientView) -> Markup {
    let field = |name: &str, label: &str, hint: &str, value: Option<String>| {
        let value = value.unwrap_or_default();
        field(&Field {
            name,
            label,
            hint,
            value: &value,
        })
    };
    let fields = html! {
        input type="hidden" name=(VERSION) value=(view.etag);
        @for (name, label, hint) in TEXTS { (field(name, label, hint, text_of(view, name))) }
        fieldset {
            legend { "The client" }
            @for (name, text) in FLAGS {
                label.check { input type="checkbox" name=(name) value="true" checked[flag_of(view, name)]; (text) }
            }
        }
        @for (name, label, hint) in LIMITS { (field(name, label, hint, limit_of(view, name))) }
        fieldset {
            legend { "Limits; empty for none" }
            @for dimension in QuotaDimension::ALL {
                (field(dimension.as_str(), &dimension.as_str().replace('_', " "), "", quota_of(view, dimension)))
            }
        }
        button.primary type="submit" { "Save" }
    };
    let at = format!("{}/settings", crate::clients::address(&view.client_id));
    html! {
        details.panel {
            summary { "Change what is set" }
            (form::changing(&at, &person.form_token, fields))
        }
    }
}
