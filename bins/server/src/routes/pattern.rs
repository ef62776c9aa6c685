//! Paths as they may be logged: by their pattern.

use crate::metrics::OTHER;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::DOCUMENT;

    #[test]
    fn every_path_has_its_pattern_and_shows_nothing_of_what_was_written_into_it() {
        for (path, _) in DOCUMENT["paths"].as_object().unwrap() {
            let written = path.replace("{id}", "a_key").replace("{path}", "a_key");
            assert_eq!(pattern(&written), path.replace("/{path}", ""), "{path}");
        }
        for (path, expected) in [
            ("/api/v1/verify/a_key/b", "/api/v1/verify"),
            ("/api/v1/verifya_key", OTHER),
            ("/api/v1/logs/a_key/b", OTHER),
            ("/api/v1/logs/", OTHER),
            ("/a_key", OTHER),
            ("", OTHER),
        ] {
            assert_eq!(pattern(path), expected, "{path}");
        }
    }
}
