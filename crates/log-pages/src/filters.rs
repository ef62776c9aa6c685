//! The filters: what is asked for, and how to ask for something else.

use crate::{
    facets::Facet,
    period::LAST,
    view::{PATH, View},
};
use central_logger_pages::{line, time_fields};
use central_logger_text::shown;
use maud::{Markup, html};

/// The filters that stand beside the entries.
pub fn form(view: &View, facets: &[Facet]) -> Markup {
    let is_elsewhere = |name: &str| name == "q" || facets.iter().any(|facet| facet.name == name);
    let further = view.filters.iter().filter(|(name, _)| !is_elsewhere(name));
    html! {
        form.filters method="get" action=(PATH) {
            @for (name, value) in further { input type="hidden" name=(name) value=(value); }
            div.field {
                label for="q" { "Words in the message" }
                input type="search" id="q" name="q" value=(view.values("q").next().unwrap_or_default());
            }
            @for facet in facets { (facet.fieldset(view)) }
            (columns(view))
            fieldset.member {
                legend { "Member" }
                div {
                    input name="member" aria-label="Name of a member" placeholder="name" autocomplete="off";
                    input name="value" aria-label="Value of the member" placeholder="value" autocomplete="off";
                }
            }
            (time_fields::period(Some(view.period.from.get()), Some(view.period.to.get())))
            button.primary type="submit" { "Show" }
        }
    }
}

/// Members that each row shows.
fn columns(view: &View) -> Markup {
    html! {
        fieldset {
            legend { "Columns" }
            @for column in &view.columns {
                label.check {
                    input type="checkbox" name="column" value=(column) checked;
                    span { (line(column)) }
                }
            }
            input name="column" aria-label="Another column" placeholder="such as attr.host" autocomplete="off";
        }
    }
}

/// Periods that end now.
pub fn periods(view: &View) -> Markup {
    let pairs = |range: &str| {
        let filters = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&view.filters)
            .extend_pairs(view.columns.iter().map(|column| ("column", column)))
            .append_pair("range", range)
            .finish();
        format!("{PATH}?{filters}")
    };
    html! {
        ul.periods aria-label="Show the last" {
            @for (name, text) in LAST {
                @let is_as_long = crate::Period::named(name, view.period.to.get())
                    .is_some_and(|period| period.length() == view.period.length());
                li {
                    a href=(pairs(name)) aria-current=[is_as_long.then_some("true")] { (text) }
                }
            }
        }
    }
}

/// The filters as they are, each with the way to do without it.
pub fn chips(view: &View) -> Markup {
    html! {
        @if !view.filters.is_empty() {
            ul.chips aria-label="Filters" {
                @for filter in &view.filters {
                    li {
                        a href=(view.without(filter).address()) title="Remove this filter" {
                            (said(filter))
                            span.cross aria-hidden="true" { "×" }
                            span.unseen { " (remove)" }
                        }
                    }
                }
                li { a.all href=(View { filters: Vec::new(), ..view.first_page() }.address()) { "Remove all" } }
            }
        }
    }
}

fn said((name, value): &(String, String)) -> Markup {
    let (is, name) = match name.strip_prefix("not.") {
        Some(name) => ("is not", name),
        None => ("is", name.as_str()),
    };
    let name = name.strip_prefix("attr.").unwrap_or(name);
    match name {
        "q" => html! { "has " strong { (line(value)) } },
        name => html! { (line(name)) " " (is) " " strong { (line(value)) } },
    }
}

/// The form that buttons beside values belong to: each adds a filter to those that are there.
pub fn narrowing(view: &View) -> Markup {
    html! {
        form #narrow method="get" action=(PATH) {
            @for (name, value) in view.filters.iter().chain(&view.bounds()) {
                input type="hidden" name=(name) value=(value);
            }
            @for column in &view.columns { input type="hidden" name="column" value=(column); }
        }
    }
}

/// The buttons beside a value.
pub(crate) fn narrow(name: &str, value: &str) -> Markup {
    html! {
        span.narrow {
            button.quiet form="narrow" name=(name) value=(value) aria-label={ "only " (shown(value)) } { "only" }
            button.quiet form="narrow" name={ "not." (name) } value=(value) aria-label={ "not " (shown(value)) } { "not" }
        }
    }
}
