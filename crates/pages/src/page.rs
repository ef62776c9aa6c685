use crate::{
    asset::{SCRIPT_FILE, STYLE_SHEET},
    headers::{self, Scripts},
    line,
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header::ContentType},
};
use central_logger_text::shown;
use maud::{DOCTYPE, Markup, html};

/// A page for people.
///
/// # Examples
///
/// ```
/// use actix_web::http::StatusCode;
/// use central_logger_pages::Page;
/// use maud::html;
///
/// let content = html! { p { "Nothing is here yet." } };
/// let answer = Page::new("Logs", content).answer(StatusCode::OK);
/// assert!(answer.headers().contains_key("content-security-policy"));
/// ```
pub struct Page {
    title: String,
    banner: Option<Markup>,
    content: Markup,
    scripts: Scripts,
    is_card: bool,
    reloads: Option<String>,
    looks_again: bool,
}

impl Page {
    /// A page with this heading, which may be a text of others, without a script.
    pub fn new(title: impl Into<String>, content: Markup) -> Self {
        Self {
            title: title.into(),
            banner: None,
            content,
            scripts: Scripts::None,
            is_card: false,
            reloads: None,
            looks_again: false,
        }
    }

    /// Runs the script.
    #[must_use]
    pub fn with_script(self) -> Self {
        Self {
            scripts: Scripts::Own,
            ..self
        }
    }

    /// Shows what stands above each page of somebody who is signed in.
    #[must_use]
    pub fn below(self, banner: Markup) -> Self {
        Self {
            banner: Some(banner),
            ..self
        }
    }

    /// Shows the content alone, in the middle.
    #[must_use]
    pub fn as_card(self) -> Self {
        Self {
            is_card: true,
            ..self
        }
    }

    /// Lets the browser ask for this address at once, in the name of this page.
    #[must_use]
    pub fn reloading(self, address: impl Into<String>) -> Self {
        Self {
            reloads: Some(address.into()),
            ..self
        }
    }

    /// Lets the browser ask for it again every five seconds. Only for readers who have asked for that.
    #[must_use]
    pub fn looking_again(self) -> Self {
        Self {
            looks_again: true,
            ..self
        }
    }

    /// Makes the answer.
    pub fn answer(self, status: StatusCode) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response.content_type(ContentType::html());
        let scripts = self.scripts;
        let mut response = response.body(self.markup().into_string());
        headers::add(response.headers_mut(), scripts);
        response
    }

    fn markup(self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    @if let Some(address) = &self.reloads {
                        meta http-equiv="refresh" content={ "0;url=" (address) };
                    }
                    @if self.looks_again { meta http-equiv="refresh" content="5"; }
                    title { (shown(&self.title)) " · central-logger" }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href=(STYLE_SHEET.path());
                    @if self.scripts == Scripts::Own {
                        script type="module" src=(SCRIPT_FILE.path()) {}
                    }
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    @if let Some(banner) = &self.banner { (banner) }
                    main #content tabindex="-1" .card[self.is_card] {
                        @if self.is_card { p.brand { (brand()) } }
                        h1 { (line(&self.title)) }
                        (self.content)
                    }
                }
            }
        }
    }
}

/// The name of the product beside its sign.
pub(crate) fn brand() -> Markup {
    html! {
        svg.sign viewBox="0 0 16 16" aria-hidden="true" {
            rect x="1" y="2" width="14" height="3" rx="1" {}
            rect x="1" y="6.5" width="9" height="3" rx="1" {}
            rect x="1" y="11" width="12" height="3" rx="1" {}
        }
        span { "central-logger" }
    }
}
