//! Badges and status pages.

use crate::{REQUEST, channels::show, once, operations};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Problem;
use central_logger_keys::Scope;
use central_logger_pages::{
    Failure, banner,
    form::{self, Field, field},
    line, time,
};
use central_logger_people::{Fields, Person, Submitted};
use central_logger_workflow_operations::{NewStatusLink, Once};
use central_logger_workflow_routes::problems::of_change;
use central_logger_workflows::{
    channel::ChannelSubject,
    status_link::{StatusLinkKind, StatusLinkView},
};
use maud::{Markup, html};

const PATH: &str = "/console/status-links";

/// Makes a link, and shows its address this once.
pub(crate) async fn make(
    submitted: Submitted,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let operations = once(&submitted, PATH);
    let Submitted { person, fields } = submitted;
    person.need(Scope::KEYS_MANAGE)?;
    let base_url = person.console.sessions.address.base_url(&request);
    let made = operations.add_status_link(person.client(), new(&fields), &base_url);
    let notice = match made
        .await
        .map_err(|error| person.failed(of_change(error)))?
    {
        Once::Done(made) => banner::done(html! {
            p { "Whoever knows this address sees how the workflows stand. Nobody can show it again:" }
            pre.key { (made.url) }
        }),
        Once::Repeated => banner::hint(
            html! { p { "The link was made before; its address cannot be shown again." } },
        ),
    };
    show(&person, &Fields(Vec::new()), notice, StatusCode::OK).await
}

/// Withdraws a link.
pub(crate) async fn withdraw(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    person.need(Scope::KEYS_MANAGE)?;
    let operations = operations(&person);
    let withdrawn = operations.withdraw_status_link(person.client(), &id);
    match withdrawn
        .await
        .map_err(|error| person.failed(of_change(error)))?
    {
        Once::Done(None) => {
            let problem = Problem::new(StatusCode::NOT_FOUND, "There is no such link");
            Err(person.failed(problem))
        }
        _ => {
            let notice = banner::done(html! { p { "The link shows nothing any more." } });
            show(&person, &Fields(Vec::new()), notice, StatusCode::OK).await
        }
    }
}

fn new(fields: &Fields) -> NewStatusLink {
    let workflows = fields.get("of").unwrap_or_default().split(',');
    let workflows = workflows.map(str::trim).filter(|name| !name.is_empty());
    NewStatusLink {
        kind: match fields.get("shows") {
            Some("page") => StatusLinkKind::Page,
            _ => StatusLinkKind::Badge,
        },
        title: fields.get("title").map(str::to_owned),
        about: ChannelSubject {
            environment: fields.get("where").map(str::to_owned),
            workflows: workflows.map(str::to_owned).collect(),
        },
        shows_names: fields.get("names").is_some(),
    }
}

/// The links, with a form for another one.
pub(crate) fn section(person: &Person, links: &[StatusLinkView], request: &str) -> Markup {
    let text = |name, label, hint| {
        field(&Field {
            name,
            label,
            hint,
            value: "",
        })
    };
    let content = html! {
        input type="hidden" name=(REQUEST) value=(request);
        fieldset {
            legend { "It is" }
            @for (kind, text) in [("badge", "a badge, a picture of one line"), ("page", "a status page")] {
                label.check {
                    input type="radio" name="shows" value=(kind) checked[kind == "badge"];
                    span { (text) }
                }
            }
        }
        (text("title", "Title", "What stands at its head"))
        (text("of", "Of these workflows", "With commas between them; empty for all"))
        (text("where", "In the environment", "Empty for all"))
        label.check {
            input type="checkbox" name="names" value="on";
            span { "Say what the workflows are called" }
        }
        button type="submit" { "Make the link" }
    };
    html! {
        h2 { "Badges and status pages" }
        p { "Whoever knows the address of one sees how workflows stand, without a key, until it is withdrawn." }
        @for link in links {
            article.panel {
                h3 { (line(link.title.as_deref().unwrap_or(link.kind.as_str()))) " " span.badge.plain { (link.kind.as_str()) } }
                p.soft {
                    @if link.shows_names { "shows names" } @else { "shows no names" }
                    " · made " (time::distance(link.created_at, person.now)) " · " code { (link.id) }
                }
                (form::button(&format!("{PATH}/{}/withdraw", link.id), &person.form_token, "Withdraw"))
            }
        }
        details.panel {
            summary { "Make a badge or a status page" }
            (form::changing(PATH, &person.form_token, content))
        }
    }
}
