//! JSON as a tree that people can read: names and values in their order, each as it was sent.

use crate::filters::narrow;
use central_logger_pages::{count, text};
use maud::{Markup, html};
use serde_json::value::RawValue;
use std::fmt;

/// Deeper values are shown as they were sent.
const DEEPEST: usize = 8;

/// So many values a tree has. All are in the text of the entry.
const MOST: usize = 1000;

/// The members of an object, as a tree. Values of members, at any depth, can be filtered by.
pub(crate) fn tree(object: &str) -> Markup {
    let mut left = MOST;
    match serde_json::from_str::<Members<'_>>(object) {
        Ok(Members(members)) => of_members(&members, "attr", 0, &mut left),
        Err(_) => html! { pre { (text(object)) } },
    }
}

fn of_members(
    members: &[(String, &RawValue)],
    path: &str,
    depth: usize,
    left: &mut usize,
) -> Markup {
    html! {
        ul.tree {
            @for (place, (name, value)) in members.iter().enumerate() {
                @if *left > 0 {
                    li {
                        span.name { (text(name)) }
                        (of_value(value.get(), Some(&format!("{path}.{name}")), depth, left))
                    }
                } @else if place + 1 == members.len() { (and_more()) }
            }
        }
    }
}

fn of_elements(elements: &[&RawValue], depth: usize, left: &mut usize) -> Markup {
    html! {
        ol.tree start="0" {
            @for (place, element) in elements.iter().enumerate() {
                @if *left > 0 {
                    li { (of_value(element.get(), None, depth, left)) }
                } @else if place + 1 == elements.len() { (and_more()) }
            }
        }
    }
}

fn and_more() -> Markup {
    html! { li.soft { "… more, in the text of the entry" } }
}

/// `path` is the parameter by which entries with the value are found, if there is one.
fn of_value(json: &str, path: Option<&str>, depth: usize, left: &mut usize) -> Markup {
    let has_room = depth < DEEPEST;
    *left = left.saturating_sub(1);
    match json.as_bytes().first() {
        Some(b'{') if has_room => match serde_json::from_str::<Members<'_>>(json) {
            Ok(Members(members)) if members.is_empty() => html! { span.value { "{}" } },
            Ok(Members(members)) => html! {
                details open { summary { span.soft { (count::of(members.len() as u64, "member")) } }
                    (of_members(&members, path.unwrap_or_default(), depth + 1, left))
                }
            },
            Err(_) => raw(json),
        },
        Some(b'[') if has_room => match serde_json::from_str::<Vec<&RawValue>>(json) {
            Ok(elements) if elements.is_empty() => html! { span.value { "[]" } },
            Ok(elements) => html! {
                details open { summary { span.soft { (count::of(elements.len() as u64, "element")) } }
                    (of_elements(&elements, depth + 1, left))
                }
            },
            Err(_) => raw(json),
        },
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(value) => html! { span.value.text { (text(&value)) } (filter(path, &value)) },
            Err(_) => raw(json),
        },
        Some(b'{' | b'[') | None => raw(json),
        Some(_) => html! { span.value.plain { (text(json)) } (filter(path, json)) },
    }
}

fn raw(json: &str) -> Markup {
    html! { span.value { (text(json)) } }
}

/// Names of members of objects are joined by dots.
fn filter(path: Option<&str>, value: &str) -> Markup {
    match path {
        Some(path) if path.starts_with("attr.") && path.len() + value.len() < 300 => {
            narrow(path, value)
        }
        _ => html! {},
    }
}

/// The members of an object in their order, also such of the same name.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_their_order_as_they_were_sent() {
        let shown = tree(
            r#"{"b":1.50,"a":"<b>\u202e","b":{"c":[true,null,{}]},"z":12345678901234567890.10}"#,
        );
        let shown = shown.into_string();
        let places: Vec<_> = [
            "1.50",
            "&lt;b&gt;\\u{202e}",
            "true",
            "null",
            "{}",
            "12345678901234567890.10",
        ]
        .iter()
        .map(|part| {
            shown
                .find(part)
                .unwrap_or_else(|| panic!("{part} in {shown}"))
        })
        .collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(shown.contains("name=\"attr.a\"") && shown.contains("name=\"not.attr.b\""));
        assert!(!shown.contains("<b>"));
    }

    #[test]
    fn deep_and_long_values_end_somewhere() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
        assert!(tree(&deep).into_string().contains(&format!(
            "{}{}",
            "[".repeat(90),
            "]".repeat(90)
        )));
        let elements = vec!["1"; 50_000].join(",");
        let long = tree(&format!("{{\"a\":[{elements}]}}")).into_string();
        assert!(long.len() < 200_000, "{}", long.len());
    }
}
