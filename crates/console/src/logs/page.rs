//! The page of the logs.

use crate::views::menu;
use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
};
use central_logger_http_api::{Parameters, Problem};
use central_logger_keys::Scope;
use central_logger_log_pages::{
    Asked, Facet, Histogram, PATH, View,
    filters::{chips, form, narrowing, periods},
    rows,
};
use central_logger_log_store::LogPage;
use central_logger_pages::{Failure, banner, status::Tone};
use central_logger_people::Person;
use maud::{Markup, html};

/// The entries that an address asks for.
pub(crate) async fn page(person: Person, parameters: Parameters) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    let view = match View::read(parameters.0, person.now) {
        Asked::View(view) => view,
        Asked::At(address) => {
            return Ok(HttpResponse::SeeOther()
                .insert_header((LOCATION, address))
                .finish());
        }
    };
    let search = match view.search() {
        Ok(search) => search,
        Err(errors) => return Ok(not_accepted(&person, &view, Problem::faulty_query(errors))),
    };
    let failed = |error| person.failed(Problem::from(error));
    let found = person.logs.page(&search).await.map_err(failed)?;
    let histogram = match view.cursor {
        None => Some(
            Histogram::of(&person.logs, &view, person.now)
                .await
                .map_err(failed)?,
        ),
        Some(_) => None,
    };
    let facets = Facet::all(&person.logs, &view, person.now).await;
    let facets = facets.map_err(failed)?;
    let saved = menu(&person, &view).await?;
    let content = content(&view, &found, histogram.as_ref(), &facets, &saved);
    let page = person.page("Logs", PATH, content);
    Ok(page.answer(StatusCode::OK))
}

/// The filters stay as they are, so that they can be set right.
fn not_accepted(person: &Person, view: &View, problem: Problem) -> HttpResponse {
    let content = html! {
        (Failure::from(problem).notice())
        (chips(view))
        p { a href=(PATH) { "All entries of the last day" } }
    };
    let page = person.page("Logs", PATH, content);
    page.answer(StatusCode::UNPROCESSABLE_ENTITY)
}

fn content(
    view: &View,
    found: &LogPage,
    histogram: Option<&Histogram>,
    facets: &[Facet],
    saved: &Markup,
) -> Markup {
    let older = found
        .next_cursor
        .map(|cursor| view.after(cursor.to_string()));
    html! {
        div.logs {
            details.side {
                summary { "Filters" }
                (form(view, facets))
            }
            div.main {
                div.head {
                    (periods(view))
                    div.actions {
                        button type="button" hidden data-live=(view.tail()) { "Live" }
                        (saved)
                        details.menu {
                            summary.button { "Export" }
                            ul {
                                li { a href=(view.export("csv")) download { "CSV" } }
                                li { a href=(view.export("ndjson")) download { "JSON lines" } }
                            }
                        }
                    }
                }
                (chips(view))
                @if let Some(histogram) = histogram { (histogram.markup(view)) }
                @else { p { a href=(view.first_page().address()) { "Back to the newest" } } }
                (live())
                @if found.logs.is_empty() { (nothing(view, older.is_some())) }
                @else { (rows(&found.logs, &view.columns)) }
                @if let Some(older) = older {
                    p.older { a.button href=(older.address()) rel="next" { "Older" } }
                }
                (narrowing(view))
            }
        }
    }
}

/// What the script fills with entries as they come.
fn live() -> Markup {
    html! {
        section.live #live hidden aria-label="Live" data-tones=(Tone::all_words()) {
            p {
                span.badge.busy data-live-state role="status" { "Connecting" }
                span.soft data-live-count {}
            }
            div.actions {
                button type="button" data-live-pause { "Pause" }
                button type="button" data-live-stop { "Stop" }
            }
        }
    }
}

fn nothing(view: &View, may_be_older: bool) -> Markup {
    match may_be_older {
        true => banner::empty(
            "Nothing was found so far",
            html! { p { "The search goes on with older entries." } },
        ),
        false if view.filters.is_empty() => banner::empty(
            "No entries in this time",
            html! {
                p { "Choose a longer time, or send the first entry:" }
                pre.sample { (SAMPLE) }
            },
        ),
        false => banner::empty(
            "No entry has all of this",
            html! { p { "Remove a filter, or choose a longer time." } },
        ),
    }
}

const SAMPLE: &str = "curl -H \"X-API-Key: $LOGGER_API_KEY\" -H \"Content-Type: application/json\" \\\n     \
    -d '{\"environment\":\"production\",\"executed_at\":\"2026-01-31T10:30:00Z\",\"status\":\"SUCCESS\"}' \\\n     \
    $LOGGER_API_URL";
