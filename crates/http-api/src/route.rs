//! Routes and methods as logs and metrics may name them: never by what a stranger wrote.

use actix_web::{
    Resource,
    guard::{Any, Get, Head},
    http::Method,
    web,
};

/// The pattern of a route, which its resource carries with it: the framework would have to find it
/// once more for each request, and to copy it.
#[derive(Clone, Copy, Debug)]
pub struct Route(pub &'static str);

/// The name of what is not served, and of a method that is none of HTTP's.
pub const OTHER: &str = "other";

/// Returns the resource of a pattern, which carries the pattern with it.
pub fn resource(pattern: &'static str) -> Resource {
    web::resource(pattern).app_data(Route(pattern))
}

/// Returns the route of `GET` and `HEAD`.
pub fn get() -> actix_web::Route {
    web::route().guard(Any(Get()).or(Head()))
}

/// The patterns of all routes that are served: each crate of routes lists its own.
///
/// A part in braces such as `{id}` stands for any text, and the last part `*` for any number of parts, none as well; it is
/// left out of the name.
#[derive(Clone, Copy, Debug)]
pub struct RoutePatterns(pub &'static [&'static [&'static str]]);

impl RoutePatterns {
    /// Returns the pattern of the route that a path leads to, or [`OTHER`].
    pub fn of(&self, path: &str) -> &'static str {
        let mut patterns = self.0.iter().copied().flatten();
        let found = patterns.find(|pattern| fits(pattern, path));
        found.map_or(OTHER, |pattern| name(pattern))
    }
}

fn name(pattern: &'static str) -> &'static str {
    pattern.strip_suffix("/*").unwrap_or(pattern)
}

fn fits(pattern: &str, path: &str) -> bool {
    // Most patterns differ within a part of fixed text, which is cheaper to see than parts are to split.
    let mut both = pattern.bytes().zip(path.bytes());
    let same = both.position(|(expected, found)| expected != found || expected == b'{');
    let differs_at = same.and_then(|at| pattern.as_bytes().get(at));
    if differs_at.is_some_and(|byte| !matches!(byte, b'{' | b'*' | b'/')) {
        return false;
    }
    let (mut expected, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) | (Some("*"), _) => return true,
            (Some(part), Some(text)) if part.starts_with('{') && !text.is_empty() => {}
            (Some(expected), Some(found)) if expected == found => {}
            _ => return false,
        }
    }
}

/// Returns a method by its name, if it is one of HTTP's, or [`OTHER`].
pub fn method_name(method: &Method) -> &'static str {
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
    fn a_path_is_named_by_its_pattern() {
        let patterns = RoutePatterns(&[
            &["/a/b", "/a/{id}"],
            &["/a/{index}/c", "/d/*", "/e/{token}"],
        ]);
        for (path, name) in [
            ("/a/b", "/a/b"),
            ("/a/x", "/a/{id}"),
            ("/a/x/c", "/a/{index}/c"),
            ("/d", "/d"),
            ("/e/x", "/e/{token}"),
            ("/d/", "/d"),
            ("/d/x/y", "/d"),
            ("/dx", OTHER),
            ("/a/", OTHER),
            ("/a/x/d", OTHER),
            ("/*", OTHER),
            ("", OTHER),
        ] {
            assert_eq!(patterns.of(path), name, "{path}");
        }
    }

    #[test]
    fn a_method_that_a_stranger_makes_up_has_no_name() {
        for (sent, named) in [("GET", "GET"), ("get", OTHER), ("BREW", OTHER)] {
            let sent = Method::from_bytes(sent.as_bytes()).unwrap();
            assert_eq!(method_name(&sent), named);
        }
    }
}
