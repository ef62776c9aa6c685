use actix_web::http::header::{ACCEPT, HeaderMap};

/// Whether an answer is for a person with a browser, which accepts `text/html`, and not for a program.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).any(|value| {
        let value = value.to_str().unwrap_or_default();
        value.to_ascii_lowercase().contains("text/html")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn browsers_want_a_page_and_programs_do_not() {
        for (accepted, expected) in [
            (&[][..], false),
            (&["*/*"], false),
            (&["application/json"], false),
            (&["text/html,application/xhtml+xml;q=0.9"], true),
            (&["application/json", "Text/HTML"], true),
        ] {
            let mut headers = HeaderMap::new();
            for value in accepted {
                headers.append(ACCEPT, HeaderValue::from_static(value));
            }
            assert_eq!(wants_page(&headers), expected, "{accepted:?}");
        }
    }
}
