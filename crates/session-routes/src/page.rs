//! The pages of sign-in links, which run nothing.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderValue, REFERRER_POLICY},
    },
};
use central_logger_http_api::{Problem, wants_page};
use central_logger_pages::{Page, banner};
use maud::html;

/// The page of a good link. What it sends uses the link up.
pub(crate) fn sign_in() -> HttpResponse {
    let content = html! {
        p { "This link signs you in once, in this browser." }
        form method="post" { button.primary type="submit" { "Sign in" } }
    };
    sealed(
        Page::new("Sign in", content)
            .as_card()
            .answer(StatusCode::OK),
    )
}

/// The same refusal as a page for people, and as a problem for programs.
pub(crate) fn refusal(
    request: &HttpRequest,
    status: StatusCode,
    detail: &'static str,
) -> HttpResponse {
    if !wants_page(request.headers()) {
        return sealed(Problem::new(status, detail).to_response());
    }
    let content = html! {
        (banner::problem(html! { p { (detail) "." } }))
        p { a href="/console/sign-in" { "Sign in with a key" } }
    };
    let page = Page::new("You are not signed in", content);
    sealed(page.as_card().answer(status))
}

/// The address has the token in it, so it goes nowhere, and what stands there is kept nowhere.
pub(crate) fn sealed(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    for (name, value) in [
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
