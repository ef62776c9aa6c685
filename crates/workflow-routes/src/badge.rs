//! A badge: a picture of one line.

use central_logger_workflows::{
    Standing,
    status_link::{PublicStatus, PublicWorkflow},
};
use maud::{Markup, PreEscaped, html};

/// The most characters of a label.
const LABEL: usize = 40;

const GREEN: &str = "#1a7f37";
const RED: &str = "#b42318";
const GREY: &str = "#57606a";

/// Draws a badge.
pub(crate) fn badge(status: &PublicStatus) -> String {
    let label = label(status);
    let (message, colour) = message(&status.workflows);
    let (left, right) = (width(&label), width(&message));
    let whole = left + right;
    let description = format!("{label}: {message}");
    let markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"))
        svg xmlns="http://www.w3.org/2000/svg" width=(whole) height="20" role="img" aria-label=(description) {
            title { (description) }
            clipPath id="r" { rect width=(whole) height="20" rx="3" fill="#fff" {} }
            g clip-path="url(#r)" {
                rect width=(left) height="20" fill="#24292f" {}
                rect x=(left) width=(right) height="20" fill=(colour) {}
            }
            g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                (part(&label, left / 2, left))
                (part(&message, left + right / 2, right))
            }
        }
    };
    markup.into_string()
}

fn part(text: &str, middle: usize, width: usize) -> Markup {
    html! {
        text x=(middle) y="14" textLength=(width - 10) lengthAdjust="spacingAndGlyphs" { (text) }
    }
}

/// The title, or the name of the only workflow if it may be shown.
fn label(status: &PublicStatus) -> String {
    let name = match &status.workflows[..] {
        [PublicWorkflow { name, .. }] => name.as_ref().map(|(workflow, _)| workflow.as_str()),
        _ => None,
    };
    let label = status.title.as_deref().or(name).unwrap_or("workflows");
    let shown = label.chars().filter(|c| !c.is_control());
    let mut shown: String = shown.take(LABEL).collect();
    if label.chars().count() > LABEL {
        shown.push('…');
    }
    shown
}

fn message(workflows: &[PublicWorkflow]) -> (String, &'static str) {
    let troubled = workflows
        .iter()
        .filter(|one| one.state.is_trouble())
        .count();
    let is_watched = |one: &PublicWorkflow| one.state != Standing::Unwatched;
    match workflows {
        [] => ("unknown".to_owned(), GREY),
        [one] if one.state.is_trouble() => (one.state.as_str().to_owned(), RED),
        [one] if is_watched(one) => (one.state.as_str().to_owned(), GREEN),
        [one] => (one.state.as_str().to_owned(), GREY),
        all if troubled > 0 => (format!("{troubled} of {} in trouble", all.len()), RED),
        all if all.iter().any(is_watched) => ("ok".to_owned(), GREEN),
        _ => ("unwatched".to_owned(), GREY),
    }
}

/// About as wide as the text and a margin.
fn width(text: &str) -> usize {
    text.chars().count().max(1) * 7 + 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_workflows::status_link::StatusLinkKind;

    fn status(title: Option<&str>, workflows: &[(Option<&str>, Standing)]) -> PublicStatus {
        let workflows = workflows.iter().map(|(name, state)| PublicWorkflow {
            name: name.map(|name| (name.to_owned(), "prod".to_owned())),
            state: *state,
            last_started_at: None,
        });
        PublicStatus {
            kind: StatusLinkKind::Badge,
            title: title.map(str::to_owned),
            workflows: workflows.collect(),
        }
    }

    #[test]
    fn a_badge_says_how_workflows_stand() {
        for (title, workflows, expected) in [
            (None, &[(Some("backup"), Standing::Ok)][..], "backup: ok"),
            (None, &[(None, Standing::Failing)], "workflows: failing"),
            (
                Some("Nightly"),
                &[(None, Standing::Ok), (None, Standing::Late)],
                "Nightly: 1 of 2 in trouble",
            ),
            (
                None,
                &[(None, Standing::Ok), (None, Standing::Unwatched)],
                "workflows: ok",
            ),
            (None, &[], "workflows: unknown"),
        ] {
            let drawn = badge(&status(title, workflows));
            assert!(
                drawn.contains(&format!("<title>{expected}</title>")),
                "{drawn}"
            );
        }
    }

    #[test]
    fn what_a_name_has_of_markup_is_text() {
        let name = "<script>alert(\"1\")</script>\u{202e}\n";
        let drawn = badge(&status(None, &[(Some(name), Standing::Ok)]));
        assert!(!drawn.contains("<script"), "{drawn}");
        assert!(!drawn.contains('\n'));
    }
}
