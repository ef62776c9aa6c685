//! What stands above a page, and notices within it.

use crate::page::brand;
use maud::{Markup, html};

/// A link of the navigation: its text and its address.
pub type Link = (&'static str, &'static str);

/// Who is signed in.
pub struct SignedIn<'a> {
    /// The client, or the provider.
    pub owner: &'a str,
    /// The person, if named.
    pub name: Option<&'a str>,
    /// The form that signs out.
    pub sign_out: Markup,
}

/// What stands above each page of somebody who is signed in. `current` is the address of one of the links.
pub fn banner(links: &[Link], current: &str, signed_in: &SignedIn<'_>) -> Markup {
    html! {
        header.banner {
            a.brand href="/console" { (brand()) }
            nav aria-label="Main" {
                @for (text, address) in links {
                    a href=(address) aria-current=[(*address == current).then_some("page")] { (text) }
                }
            }
            details.account {
                summary {
                    bdi.owner { (signed_in.owner) }
                }
                div {
                    p {
                        @if let Some(name) = signed_in.name { "Signed in as " strong { bdi { (name) } } " of " }
                        @else { "Signed in for " }
                        strong { bdi { (signed_in.owner) } }
                    }
                    p hidden data-zone-switch {
                        button type="button" data-zone="local" { "Local time" }
                        button type="button" data-zone="utc" { "UTC" }
                    }
                    (signed_in.sign_out)
                }
            }
        }
    }
}

/// Says that something was done.
pub fn done(content: Markup) -> Markup {
    html! { div.notice.done role="status" { (content) } }
}

/// Says what is wrong.
pub fn problem(content: Markup) -> Markup {
    html! { div.notice.problem role="alert" { (content) } }
}

/// Says something that is worth knowing.
pub fn hint(content: Markup) -> Markup {
    html! { div.notice { (content) } }
}

/// Stands where there is nothing to show, and says what to do about it.
pub fn empty(title: &str, content: Markup) -> Markup {
    html! {
        div.empty {
            p { strong { (title) } }
            (content)
        }
    }
}
