//! Saved views of logs, for all people of the client.

use ::time::Duration;
use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::LOCATION},
};
use central_logger_keys::Scope;
use central_logger_log_pages::{self as log_pages, View};
use central_logger_pages::{
    Failure, banner, count,
    form::{self, Field, field},
    line, time,
};
use central_logger_people::{Fields, Person, Submitted, address::VIEWS};
use central_logger_saved_views::{SavedView, SavedViewError, SavedViews, ViewQuery};
use central_logger_view_routes::{no_view, of_views, reads_only};
use form_urlencoded::{Serializer, parse};
use maud::{Markup, html};

/// What stands above the entries: the views to open, and a form that saves this one.
pub(crate) async fn menu(person: &Person, view: &View) -> Result<Markup, Failure> {
    let saved = list(person).await?;
    let address_of_view = view.first_page().address();
    let query = address_of_view
        .split_once('?')
        .map_or("", |(_, query)| query);
    let length = view.period.length();
    let fields = html! {
        input type="hidden" name="query" value=(query);
        (field(&Field { name: "name", label: "Save this view as", hint: "", value: "" }))
        @if length >= Duration::SECOND {
            label.check {
                input type="checkbox" name="range" value={ (length.whole_seconds()) "s" } checked;
                span { "the last " (time::length(length)) ", whenever it is opened" }
            }
        }
        button type="submit" { "Save" }
    };
    Ok(html! {
        details.menu {
            summary.button { "Views" }
            div {
                @if !saved.is_empty() {
                    ul {
                        @for view in &saved { li { a href=(address(view)) { (line(&view.name)) } } }
                        li { a href=(VIEWS) { "All views" } }
                    }
                }
                @if !person.session().by_provider { (form::changing(VIEWS, &person.form_token, fields)) }
            }
        }
    })
}

fn address(view: &SavedView) -> String {
    format!("{}?{}", log_pages::PATH, view.query)
}

async fn list(person: &Person) -> Result<Vec<SavedView>, Failure> {
    let listed = person.console.views.list(person.client()).await;
    listed.map_err(|error| person.failed(of_views(error)))
}

/// All of them.
pub(crate) async fn page(person: Person) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    show(&person, html! {}, StatusCode::OK).await
}

/// Saves one, and opens it.
pub(crate) async fn save(submitted: Submitted) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    may_change(&person)?;
    match saved(&person, &fields).await {
        Ok(view) => Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, address(&view)))
            .finish()),
        Err(error) => {
            let problem = of_views(error);
            let status = problem.status_code();
            show(&person, Failure::from(problem).notice(), status).await
        }
    }
}

async fn saved(person: &Person, fields: &Fields) -> Result<SavedView, SavedViewError> {
    let query = wanted(fields)?;
    let by = person.session().name.as_ref();
    let by = by.map(|name| name.as_str().to_owned());
    let (views, client) = (&person.console.views, person.client());
    let name = fields.get("name").unwrap_or_default();
    views.save(client, name, query, by).await
}

/// What a form asks to be saved: with a range, its fixed time is left out.
fn wanted(fields: &Fields) -> Result<ViewQuery, SavedViewError> {
    let query = fields.get("query").unwrap_or_default();
    let Some(range) = fields.get("range") else {
        return Ok(query.parse()?);
    };
    let others = parse(query.as_bytes());
    let others = others.filter(|(name, _)| name != "from" && name != "to");
    let query = Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair("range", range)
        .finish();
    Ok(query.parse()?)
}

/// Removes one.
pub(crate) async fn remove(submitted: Submitted) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    may_change(&person)?;
    let name = fields.get("name").unwrap_or_default();
    let removed = person.console.views.remove(person.client(), name).await;
    if !removed.map_err(|error| person.failed(of_views(error)))? {
        return Err(person.failed(no_view(name)));
    }
    let done = html! { p { "The view " strong { (line(name)) } " is removed." } };
    show(&person, banner::done(done), StatusCode::OK).await
}

fn may_change(person: &Person) -> Result<(), Failure> {
    person.need(Scope::LOGS_READ)?;
    match person.session().by_provider {
        true => Err(person.failed(reads_only())),
        false => Ok(()),
    }
}

async fn show(
    person: &Person,
    notice: Markup,
    status: StatusCode,
) -> Result<HttpResponse, Failure> {
    let saved = list(person).await?;
    let content = html! {
        (notice)
        p.lead {
            (count::of(saved.len() as u64, "view")) " of the logs, of at most " (SavedViews::MOST) ", for all people of "
            (line(person.client().as_str())) "."
        }
        @if saved.is_empty() {
            (banner::empty("No view is saved", html! {
                p { "Look at the " a href=(log_pages::PATH) { "logs" } " as you need them, and save that under " em { "Views" } "." }
            }))
        } @else { (table(person, &saved)) }
    };
    let page = person.page("Saved views", log_pages::PATH, content);
    Ok(page.answer(status))
}

fn table(person: &Person, saved: &[SavedView]) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "View" }
                        th scope="col" { "Shows" }
                        th scope="col" { "Saved" }
                        th scope="col" { span.unseen { "Action" } }
                    }
                }
                tbody { @for view in saved { (row(person, view)) } }
            }
        }
    }
}

fn row(person: &Person, view: &SavedView) -> Markup {
    let fields = html! {
        input type="hidden" name="name" value=(view.name);
        button type="submit" { "Remove" span.unseen { " " (line(&view.name)) } }
    };
    html! {
        tr {
            th scope="row" { a href=(address(view)) { strong { (line(&view.name)) } } }
            td data-label="Shows" { code { (line(&view.query.to_string())) } }
            td.tight data-label="Saved" {
                (time::distance(view.saved_at, person.now))
                @if let Some(by) = &view.saved_by { div.soft { "by " (line(by)) } }
            }
            td.actions {
                @if !person.session().by_provider {
                    (form::changing(&format!("{VIEWS}/remove"), &person.form_token, fields))
                }
            }
        }
    }
}
