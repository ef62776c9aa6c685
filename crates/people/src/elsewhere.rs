//! Pages that are reached from another site.
//!
//! The cookie of a session is `SameSite=Strict`: a browser that follows a link of another site does not send it. Asked by
//! a page of this server, it does. So such a visitor first gets a page that asks for the same address again, once: the
//! second request comes from here.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
};
use central_logger_pages::Page;
use maud::html;

/// Whether a browser comes by a link of another site.
pub(crate) fn is_from(request: &HttpRequest) -> bool {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let is_elsewhere = ["cross-site", "same-site"].contains(&header("sec-fetch-site"));
    request.method() == Method::GET && is_elsewhere && header("sec-fetch-mode") == "navigate"
}

/// The page that asks again.
pub(crate) fn ask_again(address: &str) -> HttpResponse {
    let content = html! { p { a href=(address) { "Go on to the page" } } };
    let page = Page::new("One moment", content).as_card();
    page.reloading(address).answer(StatusCode::OK)
}
