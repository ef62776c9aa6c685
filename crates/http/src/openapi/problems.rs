//! The page to which the types of problems lead.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType},
    web::Bytes,
};
use central_logger_openapi_page::POLICY;
use central_logger_problem_types::ProblemType;
use std::{fmt::Write, sync::LazyLock};

/// Describe the kinds of problems for people
#[utoipa::path(
    get,
    path = "/docs/problems",
    operation_id = "problems",
    tag = "server",
    responses((
        status = 200,
        description = "The page to which the `type` of a problem leads.",
        body = String,
        content_type = "text/html",
    )),
)]
pub(super) async fn problems() -> HttpResponse {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| page().into());
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE.clone())
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for kind in ProblemType::ALL {
        let (name, uri, meaning) = (kind.name(), kind.uri(), kind.meaning());
        let (status, title) = (kind.status(), kind.title());
        // A `String` takes whatever is written.
        let _ = writeln!(
            page,
            "<section id=\"{name}\"><h2>{name}</h2><p>{status} {title}</p><p>{meaning}</p>\
             <p><code>{uri}</code></p></section>"
        );
    }
    page + "</main></body></html>\n"
}

const HEAD: &str = "\
<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Problems</title>
<style>
body { max-width: 45rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark }
code { overflow-wrap: anywhere }
:target { outline: 2px solid; outline-offset: .5rem }
</style></head><body><main><h1>Problems</h1>
<p>Every error is <code>application/problem+json</code> (RFC 9457). Its <code>type</code> is one of these; a problem of \
another kind has the type <code>about:blank</code>, and its status says what it is.</p>
";

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = include_str!("../../../../docs/reference.md");

    #[test]
    fn every_kind_has_its_place_on_the_page() {
        let page = page();
        for kind in ProblemType::ALL {
            assert!(page.contains(&format!("<section id=\"{}\">", kind.name())));
            assert!(!kind.meaning().contains(['<', '>', '&', '"', '|']));
        }
        assert_eq!(page.matches("<section").count(), ProblemType::ALL.len());
        for loading in ["src=", "<link", "<script", "@import", "url("] {
            assert!(!page.contains(loading), "{loading}");
        }
    }

    #[test]
    fn the_reference_has_every_kind_and_no_others() {
        let (_, section) = REFERENCE.split_once("\n#### Problem types\n").unwrap();
        let (section, _) = section.split_once("\n#").unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let rows: Vec<_> = rows.collect();
        let expected = ProblemType::ALL.iter().map(|kind| {
            let (uri, status, meaning) = (kind.uri(), kind.status(), kind.meaning());
            format!("| `{uri}` | {status} | {meaning} |")
        });
        let expected: Vec<_> = expected.collect();
        assert_eq!(
            rows,
            expected,
            "the table is to be\n{}",
            expected.join("\n")
        );
    }
}
