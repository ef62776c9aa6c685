use crate::{Page, banner, line};
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderValue, RETRY_AFTER},
    },
};
use central_logger_http_api::Problem;
use maud::{Markup, html};
use std::fmt;

/// An error as a page.
///
/// # Examples
///
/// ```
/// use actix_web::{ResponseError, http::StatusCode};
/// use central_logger_pages::Failure;
///
/// let failure = Failure::new(StatusCode::NOT_FOUND, "There is no such entry");
/// assert_eq!(failure.to_string(), "404 There is no such entry");
/// assert_eq!(failure.error_response().status(), 404);
/// ```
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    detail: String,
    errors: Vec<String>,
    retry_after: Option<u32>,
    banner: Option<Markup>,
}

impl Failure {
    /// An error of this status, with what is wrong, for people.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            banner: None,
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

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is wrong, with each value that was not accepted, for a page that goes on.
    pub fn notice(&self) -> Markup {
        banner::problem(html! {
            p { (line(&sentence(&self.detail))) }
            @if !self.errors.is_empty() {
                ul { @for error in &self.errors { li { (line(error)) } } }
            }
        })
    }

    fn title(&self) -> &'static str {
        match self.status.as_u16() {
            403 => "Not allowed",
            404 => "Not found",
            409 | 412 => "Not possible now",
            429 => "Too many requests",
            503 => "Not available",
            500..=599 => "Something went wrong",
            _ => "Not accepted",
        }
    }
}

/// A text as a sentence of its own.
fn sentence(text: &str) -> String {
    match text.ends_with(['.', '!', '?']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let errors = problem.errors();
        Self {
            status: problem.status_code(),
            errors: errors
                .map(|(field, message)| format!("{field} {message}"))
                .collect(),
            retry_after: problem.retry_after(),
            detail: problem.detail().to_owned(),
            banner: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.detail)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let content = html! {
            (self.notice())
            @if let Some(seconds) = self.retry_after {
                p { "Try again in " (seconds) " s." }
            }
            p { a href="/console" { "To the console" } }
        };
        let page = Page::new(self.title(), content);
        let page = match &self.banner {
            Some(banner) => page.below(banner.clone()),
            None => page.as_card(),
        };
        let mut response = page.answer(self.status);
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
