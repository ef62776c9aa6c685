//! The style sheet and the script. They are part of the program, and their names change with their content.

use crate::compressed::{self, accepts_gzip};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    web::{Bytes, Path},
};
use central_logger_http_api::Problem;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The pattern of the route of [`asset`].
pub const ASSETS: &str = "/console/assets/{name}";

const FOLDER: &str = "/console/assets/";

const STYLE: &str = concat!(
    include_str!("../assets/base.css"),
    include_str!("../assets/parts.css"),
    include_str!("../assets/logs.css"),
    include_str!("../assets/workflows.css"),
);
const SCRIPT: &str = concat!(
    include_str!("../assets/console.js"),
    include_str!("../assets/chart.js"),
    include_str!("../assets/tail.js"),
);

pub(crate) static STYLE_SHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style", "css", "text/css; charset=utf-8", STYLE));
pub(crate) static SCRIPT_FILE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("console", "js", "text/javascript; charset=utf-8", SCRIPT));

/// A file that pages load.
pub(crate) struct Asset {
    stem: &'static str,
    extension: &'static str,
    media_type: &'static str,
    content: &'static str,
    compressed: Option<Bytes>,
    name: String,
}

impl Asset {
    fn new(
        stem: &'static str,
        extension: &'static str,
        media_type: &'static str,
        content: &'static str,
    ) -> Self {
        let digest = Sha256::digest(content);
        let digest = digest[..8].iter().map(|byte| format!("{byte:02x}"));
        let digest: String = digest.collect();
        Self {
            stem,
            extension,
            media_type,
            content,
            compressed: compressed::file(content.as_bytes()).ok().map(Bytes::from),
            name: format!("{stem}-{digest}.{extension}"),
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("{FOLDER}{}", self.name)
    }

    /// Whether a name is that of this file, in this version or another.
    fn is_called(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.stem);
        let rest = rest.and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| rest.rsplit_once('.').map(|(_, end)| end) == Some(self.extension))
    }

    /// A page of another version of this server, during an upgrade, gets this version, and keeps it for nothing.
    fn answer(&self, request: &HttpRequest, name: &str) -> HttpResponse {
        let kept = match name == self.name {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        let is_read = accepts_gzip(request.headers());
        let compressed = self.compressed.as_ref().filter(|_| is_read);
        let content = || Bytes::from_static(self.content.as_bytes());
        let mut response = HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, self.media_type))
            .insert_header((CACHE_CONTROL, kept))
            .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
            .body(compressed.cloned().unwrap_or_else(content));
        if compressed.is_some() {
            compressed::mark(response.headers_mut());
        }
        response
    }
}

/// Answers with the style sheet or the script.
pub async fn asset(request: HttpRequest, name: Path<String>) -> HttpResponse {
    let assets = [&*STYLE_SHEET, &*SCRIPT_FILE];
    match assets.into_iter().find(|asset| asset.is_called(&name)) {
        Some(asset) => asset.answer(&request, &name),
        None => Problem::new(StatusCode::NOT_FOUND, "There is no such file").to_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content_and_any_version_is_answered() {
        let [one, other] =
            ["a", "b"].map(|content| Asset::new("style", "css", "text/css", content));
        assert_ne!(one.name, other.name);
        assert!(one.is_called(&one.name) && one.is_called(&other.name));
        for name in [
            "style.css",
            "style-1.js",
            "console-1.css",
            "styled-1.css",
            "",
        ] {
            assert!(!one.is_called(name), "{name}");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere_and_no_text_becomes_markup() {
        for loading in ["@import", "url(", "http://", "https://"] {
            assert!(!STYLE.contains(loading), "{loading}");
        }
        for sink in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            "DOMParser",
            "srcdoc",
            "http://",
            "https://",
        ] {
            assert!(!SCRIPT.contains(sink), "{sink}");
        }
    }

    #[test]
    fn both_files_together_are_small() {
        assert!(
            STYLE.len() + SCRIPT.len() < 40_000,
            "{}",
            STYLE.len() + SCRIPT.len()
        );
    }
}
