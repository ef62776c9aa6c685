//! The head of a request as protocols read it: without the key.

use actix_web::HttpRequest;
use central_logger_intake::Head;

/// The headers that protocols read, and all that begin with `ce-`.
const READ: [&str; 10] = [
    "content-type",
    "accept",
    "x-elastic-client-meta",
    "webhook-id",
    "x-github-delivery",
    "x-github-event",
    "x-gitlab-event-uuid",
    "x-gitlab-event",
    "x-gitea-delivery",
    "x-gitea-event",
];

pub(crate) fn of(request: &HttpRequest) -> Head {
    let head = Head::new(
        request.method().as_str(),
        request.path(),
        request.query_string(),
    );
    let headers = request.headers().iter();
    let headers = headers
        .filter(|(name, _)| READ.contains(&name.as_str()) || name.as_str().starts_with("ce-"));
    headers.fold(head, |head, (name, value)| {
        head.with_header(name.as_str(), value.as_bytes())
    })
}
