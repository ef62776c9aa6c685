//! Routes and methods as logs and metrics may name them: never by what a stranger wrote.

use actix_web::http::Method;

/// The pattern of a route, which its resource carries with it: the framework would have to find it
/// once more for each request, and to copy it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route(pub(crate) &'static str);

/// The name of what is not served, and of a method that is none of HTTP's.
pub(crate) const OTHER: &str = "other";

const PATTERNS: [&str; 13] = [
    "/api/v1/logs",
    "/api/v1/whoami",
    "/api/v1/logs/stats",
    "/api/v1/logs/export",
    "/api/v1/logs/tail",
    "/api/v1/usage",
    "/api/v1/alerts",
    "/healthz",
    "/openapi.json",
    "/docs",
    "/readyz",
    "/api/v1/logs/{id}",
    "/api/v1/alerts/{id}/acknowledge",
];

const VERIFY: &str = "/api/v1/verify";

/// The pattern of the route that a path leads to, if any.
pub(crate) fn pattern(path: &str) -> &'static str {
    let below_verify = path.strip_prefix(VERIFY);
    if below_verify.is_some_and(|below| below.is_empty() || below.starts_with('/')) {
        return VERIFY;
    }
    let fitting = |pattern: &&&str| fits(pattern, path);
    PATTERNS.iter().find(fitting).copied().unwrap_or(OTHER)
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut expected, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some("{id}"), Some(id)) if !id.is_empty() => {}
            (Some(expected), Some(found)) if expected == found => {}
            _ => return false,
        }
    }
}

/// A method by its name, if it is one of HTTP's.
pub(crate) fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "CONNECT" => "CONNECT",
        "TRACE" => "TRACE",
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_a_stranger_makes_up_has_no_name() {
        for (sent, named) in [("GET", "GET"), ("get", OTHER), ("BREW", OTHER)] {
            let sent = Method::from_bytes(sent.as_bytes()).unwrap();
            assert_eq!(method_name(&sent), named);
        }
    }
}
