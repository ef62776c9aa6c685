//! Finding what a rule names in an entry.

use crate::json::{self, Elements, Members};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Where protocols keep what is said of several entries at once.
const SHARED: [&str; 4] = [
    "labels",
    "structured_metadata",
    "resource.attributes",
    "scope.attributes",
];

/// The text, number or truth value at a path: a member of that name, or one within objects and arrays that the
/// dots of the name lead into; also within what is said of several entries at once.
pub(super) fn find<'a>(members: &Members<'a>, path: &str) -> Option<Cow<'a, str>> {
    let shared = SHARED.iter().map(|shared| format!("{shared}.{path}"));
    let found = within(members, path).or_else(|| {
        let mut shared = shared;
        shared.find_map(|path| within(members, &path))
    });
    scalar(found?)
}

fn within<'a>(members: &Members<'a>, path: &str) -> Option<&'a RawValue> {
    if let Some(found) = members.get(path) {
        return Some(found);
    }
    let dots = path.match_indices('.').map(|(at, _)| at);
    dots.into_iter().find_map(|at| {
        let value = members.get(&path[..at])?;
        step(value, &path[at + 1..])
    })
}

fn step<'a>(value: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    match value.get().as_bytes().first()? {
        b'{' => within(&Members::parse(value.get()).ok()?, path),
        b'[' => {
            let (index, behind) = path.split_once('.').unwrap_or((path, ""));
            let Elements(elements) = serde_json::from_str(value.get()).ok()?;
            let element = *elements.get(index.parse::<usize>().ok()?)?;
            match behind {
                "" => Some(element),
                behind => step(element, behind),
            }
        }
        _ => None,
    }
}

fn scalar(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get().as_bytes().first()? {
        b'"' => json::text(value).filter(|text| !text.is_empty()),
        b'{' | b'[' | b'n' => None,
        _ => Some(Cow::Borrowed(value.get())),
    }
}
