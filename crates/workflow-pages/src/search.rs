//! Which workflows are looked for, where there are many.

use crate::address::PATH;
use central_logger_workflows::WorkflowView;
use form_urlencoded::Serializer;
use maud::{Markup, html};

/// Fewer are overlooked at a glance.
const MANY: usize = 10;

/// What is looked for among the workflows of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// A part of the name or of the environment, in capitals or not.
    pub part: Option<String>,
    /// Which page of those that have it, the first of which is 1.
    pub page: usize,
}

impl Search {
    /// Whether it is looked for.
    pub(crate) fn is_about(&self, view: &WorkflowView) -> bool {
        self.part.as_ref().is_none_or(|part| {
            let part = part.to_lowercase();
            [&view.workflow, &view.environment]
                .iter()
                .any(|name| name.to_lowercase().contains(&part))
        })
    }

    /// The address of a page of them.
    pub(crate) fn address(&self, page: usize) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.part.as_ref().map(|part| ("q", part)));
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        match &*query.finish() {
            "" => PATH.to_owned(),
            query => format!("{PATH}?{query}"),
        }
    }

    /// The field to look for others, where there are so many that one looks for them.
    pub(crate) fn form(&self, workflows: usize) -> Markup {
        html! {
            @if workflows > MANY || self.part.is_some() {
                form.inline.panel method="get" action=(PATH) role="search" {
                    div.field {
                        label for="q" { "Name or environment has" }
                        input #q type="search" name="q" value=(self.part.as_deref().unwrap_or_default());
                    }
                    button type="submit" { "Show" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_what_is_looked_for() {
        let all = Search::default();
        assert_eq!(all.address(1), PATH);
        assert_eq!(all.address(2), "/console/workflows?page=2");
        let some = Search {
            part: Some("a&b".to_owned()),
            page: 7,
        };
        assert_eq!(some.address(1), "/console/workflows?q=a%26b");
        assert_eq!(some.address(3), "/console/workflows?q=a%26b&page=3");
    }
}
