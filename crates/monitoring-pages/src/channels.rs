//! Where messages about incidents go.

use crate::{REQUEST, once, operations, status_links};
use actix_web::{HttpResponse, ResponseError, http::StatusCode, web::Path};
use central_logger_http_api::{Members, Problem};
use central_logger_keys::{KeyId, Scope};
use central_logger_pages::{
    Failure, banner,
    form::{self, Field, field},
    line, time,
};
use central_logger_people::{Fields, Person, Submitted, address::CHANNELS};
use central_logger_workflow_channels::{ChannelView, NewChannelView};
use central_logger_workflow_operations::Once;
use central_logger_workflow_routes::{
    new_channel,
    problems::{of_change, of_workflows},
};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

/// The channels, with a form for another one, and badges and status pages.
pub(crate) async fn page(person: Person) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    show(&person, &Fields(Vec::new()), html! {}, StatusCode::OK).await
}

/// Makes a channel, and shows its secret this once.
pub(crate) async fn add(submitted: Submitted) -> Result<HttpResponse, Failure> {
    let operations = once(&submitted, CHANNELS);
    let Submitted { person, fields } = submitted;
    person.need(Scope::KEYS_MANAGE)?;
    let added = match members(&fields).and_then(new_channel) {
        Ok(new) => operations
            .add_channel(person.client(), new)
            .await
            .map_err(of_change),
        Err(problem) => Err(problem),
    };
    match added {
        Ok(Once::Done(added)) => {
            let blank = Fields(Vec::new());
            show(&person, &blank, made(&added), StatusCode::OK).await
        }
        Ok(Once::Repeated) => {
            let notice = banner::hint(
                html! { p { "The channel was made before; its secret cannot be shown again." } },
            );
            show(&person, &Fields(Vec::new()), notice, StatusCode::OK).await
        }
        Err(problem) => {
            let status = problem.status_code();
            let notice = Failure::from(problem).notice();
            show(&person, &fields, notice, status).await
        }
    }
}

/// Sends a message that tests a channel.
pub(crate) async fn test(submitted: Submitted, id: Path<String>) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    person.need(Scope::KEYS_MANAGE)?;
    let tested = operations(&person).test_channel(person.client(), &id).await;
    let is_there = !matches!(
        tested.map_err(|error| person.failed(of_change(error)))?,
        Once::Done(None)
    );
    let done =
        html! { p { "A message is on its way. Load this page again to see what became of it." } };
    answer(&person, is_there, done).await
}

/// Removes a channel.
pub(crate) async fn remove(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    person.need(Scope::KEYS_MANAGE)?;
    let removed = operations(&person)
        .remove_channel(person.client(), &id)
        .await;
    let is_there = !matches!(
        removed.map_err(|error| person.failed(of_change(error)))?,
        Once::Done(None)
    );
    answer(&person, is_there, html! { p { "The channel is removed." } }).await
}

async fn answer(person: &Person, is_there: bool, done: Markup) -> Result<HttpResponse, Failure> {
    if !is_there {
        let problem = Problem::new(StatusCode::NOT_FOUND, "There is no such channel");
        return Err(person.failed(problem));
    }
    show(
        person,
        &Fields(Vec::new()),
        banner::done(done),
        StatusCode::OK,
    )
    .await
}

/// The fields as the members of the body that the API reads.
fn members(fields: &Fields) -> Result<Members, Problem> {
    let mut body = Map::new();
    for name in ["kind", "url", "format", "address", "environment"] {
        let of_kind = match name {
            "url" | "format" => fields.get("kind") == Some("webhook"),
            "address" => fields.get("kind") == Some("mail"),
            _ => true,
        };
        let value = fields.get(name).filter(|_| of_kind);
        body.extend(value.map(|value| (name.to_owned(), json!(value))));
    }
    let workflows = fields.get("workflows").unwrap_or_default().split(',');
    let workflows: Vec<_> = workflows
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if !workflows.is_empty() {
        body.insert("workflows".to_owned(), json!(workflows));
    }
    let quiet = [
        ("from", "quiet_from"),
        ("to", "quiet_to"),
        ("time_zone", "quiet_zone"),
    ];
    let quiet = quiet.map(|(member, field)| Some((member.to_owned(), json!(fields.get(field)?))));
    let quiet: Map<String, Value> = quiet.into_iter().flatten().collect();
    if quiet.contains_key("from") || quiet.contains_key("to") {
        body.insert("quiet_hours".to_owned(), quiet.into());
    }
    Members::parse(Value::from(body).to_string().as_bytes())
}

fn made(added: &NewChannelView) -> Markup {
    banner::done(html! {
        p { "The channel is made." }
        @if added.channel.confirmed == Some(false) {
            p { "A link is mailed there. Messages go there once its reader has followed it." }
        }
        @if let Some(secret) = &added.secret {
            p { "Its messages are signed with this secret, which nobody can show again:" }
            pre.key { (secret.expose()) }
        }
    })
}

/// Shows the channels, with a notice above.
pub(crate) async fn show(
    person: &Person,
    fields: &Fields,
    notice: Markup,
    status: StatusCode,
) -> Result<HttpResponse, Failure> {
    let client = person.client();
    let channels = person.console.channels.list(client).await;
    let channels = channels.map_err(|error| person.failed(of_workflows(error)))?;
    let links = person.console.workflows.status_links(client).await;
    let links = links.map_err(|error| person.failed(of_workflows(error)))?;
    let request = KeyId::generate();
    let request =
        request.map_err(|error| person.failed(Problem::failed(&error, "making a form")))?;
    let content = html! {
        (notice)
        p.lead { "Messages about incidents of " (line(client.as_str())) " go to these channels." }
        @for channel in &channels { (card(person, channel)) }
        h2 { "Another channel" }
        (new_form(person, fields, request.as_str()))
        (status_links::section(person, &links, request.as_str()))
    };
    let page = person.page("Channels", CHANNELS, content);
    Ok(page.answer(status))
}

fn card(person: &Person, channel: &ChannelView) -> Markup {
    let target = channel.address.clone().or_else(|| channel.origin());
    let action = |what: &str| format!("{CHANNELS}/{}/{what}", channel.id);
    html! {
        article.panel {
            h2 { (line(&target.unwrap_or_default())) " " span.badge.plain { (channel.kind) } }
            p.soft {
                @match &channel.about.workflows {
                    Some(names) => { "About " (line(&names.join(", "))) }
                    None => { "About all workflows" }
                }
                @if let Some(environment) = &channel.about.environment { " in " (line(environment)) }
                @if channel.confirmed == Some(false) { " · " strong { "waits until its reader follows the link in a mail" } }
                @if channel.quiet_hours.is_some() { " · with quiet hours" }
                " · made " (time::distance(channel.created_at, person.now))
                @if channel.waiting > 0 { " · " strong { (channel.waiting) " waiting" } }
            }
            @if !channel.deliveries.is_empty() {
                details {
                    summary { "Deliveries" }
                    ul {
                        @for attempt in &channel.deliveries {
                            li {
                                (time::minute(attempt.at)) ": "
                                @match &attempt.error {
                                    Some(error) => { (line(error)) }
                                    None => { "delivered" }
                                }
                            }
                        }
                    }
                }
            }
            (form::button(&action("test"), &person.form_token, match channel.confirmed {
                Some(false) => "Send another link",
                _ => "Send a test",
            }))
            (form::button(&action("remove"), &person.form_token, "Remove"))
        }
    }
}

fn new_form(person: &Person, fields: &Fields, request: &str) -> Markup {
    let value = |name: &str| fields.get(name).unwrap_or_default();
    let text = |name, label, hint| {
        field(&Field {
            name,
            label,
            hint,
            value: value(name),
        })
    };
    let content = html! {
        input type="hidden" name=(REQUEST) value=(request);
        fieldset {
            legend { "Kind" }
            @for (kind, text) in [("webhook", "a webhook"), ("mail", "mail")] {
                label.check {
                    input type="radio" name="kind" value=(kind)
                        checked[value("kind") == kind || (kind == "webhook" && value("kind").is_empty())];
                    span { (text) }
                }
            }
        }
        (text("url", "URL of the webhook", "https://, at a public address"))
        div.field {
            label for="format" { "Shape of its messages" }
            select id="format" name="format" {
                @for format in ["standard", "slack", "teams", "discord"] {
                    option value=(format) selected[value("format") == format] { (format) }
                }
            }
        }
        (text("address", "Or an address for mail", "Where this server sends mail"))
        details.panel {
            summary { "Only some workflows, quiet hours" }
            (text("workflows", "Workflows", "With commas between them; empty for all"))
            (text("environment", "Environment", "Empty for all"))
            (text("quiet_from", "Quiet from", "Such as 22:00: messages wait"))
            (text("quiet_to", "Quiet to", "Such as 07:00"))
            (text("quiet_zone", "Time zone", "Such as Europe/Berlin; UTC if it is empty"))
        }
        button.primary type="submit" { "Add the channel" }
    };
    form::changing(CHANNELS, &person.form_token, content)
}
