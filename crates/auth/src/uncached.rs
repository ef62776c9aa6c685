//! What answers say to caches.

use crate::KeySource;
use std::borrow::Cow;

/// The names of the headers in which keys may stand. A key in the address is part of what a cache goes by
/// anyway.
pub(crate) fn vary(sources: &[KeySource]) -> String {
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    for source in sources {
        let name = match source {
            KeySource::Bearer | KeySource::Scheme(_) | KeySource::ApiKey | KeySource::Basic => {
                "Authorization".into()
            }
            KeySource::Header(name) if name == "x-api-key" => "X-API-Key".into(),
            KeySource::Header(name) => name.into(),
            KeySource::Cookie(_) => "Cookie".into(),
            KeySource::Query(_) => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// `no-store`, and what the handler said about how its answer may be changed. All else that may be said
/// there allows to store it, or is about what is stored.
pub(crate) fn cache_control<'a>(own: impl IntoIterator<Item = &'a [u8]>) -> Cow<'static, str> {
    let keeps_its_form = elements(own).any(|own| own.eq_ignore_ascii_case(b"no-transform"));
    match keeps_its_form {
        true => "no-store, no-transform".into(),
        false => "no-store".into(),
    }
}

/// The names that the handler gave, then those of the gate that are not among them. `*` stands for all.
pub(crate) fn merged_vary<'a>(gate: &str, own: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut merged = String::new();
    let own = elements(own).filter(|name| name.is_ascii());
    let own = own.filter_map(|name| str::from_utf8(name).ok());
    for name in own.chain(gate.split(", ")) {
        let is_there = merged
            .split(", ")
            .any(|found| found == "*" || found.eq_ignore_ascii_case(name));
        if is_there || name.is_empty() {
            continue;
        }
        if name == "*" {
            merged.clear();
        }
        if !merged.is_empty() {
            merged += ", ";
        }
        merged += name;
    }
    merged
}

fn elements<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    let values = values.into_iter();
    values.flat_map(|value| value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_handler_said_of_its_form_is_kept_and_nothing_that_lets_it_be_stored() {
        for (own, merged) in [
            (&[][..], "no-store"),
            (&["public, max-age=60"], "no-store"),
            (&["private", "No-Transform"], "no-store, no-transform"),
            (&["no-store"], "no-store"),
        ] {
            let own = own.iter().map(|value| value.as_bytes());
            assert_eq!(cache_control(own), merged);
        }
    }

    #[test]
    fn the_headers_of_handler_and_gate_are_named_once_each() {
        let gate = vary(&KeySource::standard());
        for (own, merged) in [
            (&[][..], "X-API-Key, Authorization"),
            (
                &["Accept-Encoding"],
                "Accept-Encoding, X-API-Key, Authorization",
            ),
            (
                &["x-api-key,Accept", "accept"],
                "x-api-key, Accept, Authorization",
            ),
            (&["Accept, *"], "*"),
            (&["", "\u{e9}"], "X-API-Key, Authorization"),
        ] {
            let own = own.iter().map(|value| value.as_bytes());
            assert_eq!(merged_vary(&gate, own), merged);
        }
        let elsewhere = [
            KeySource::header("X-Acme-Key"),
            KeySource::Cookie("one".to_owned()),
            KeySource::Cookie("two".to_owned()),
            KeySource::Query("key".to_owned()),
        ];
        assert_eq!(vary(&elsewhere), "x-acme-key, Cookie");
        let schemes = [KeySource::Basic, KeySource::Bearer, KeySource::ApiKey];
        assert_eq!(vary(&schemes), "Authorization");
        assert_eq!(vary(&elsewhere[3..]), "");
        assert_eq!(merged_vary("", []), "");
    }
}
