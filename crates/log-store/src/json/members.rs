//! The members of a JSON object as they were written, without building a tree.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// Names and values in their order, each in its own spelling, repeated names included.
pub(crate) struct Members<'a>(pub(crate) Vec<(&'a RawValue, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Returns the values of the member `path`; when there is none, those at the end of the path that its dots
    /// part, where a longer name goes before a shorter one.
    pub(crate) fn find(&self, path: &str) -> Vec<&'a RawValue> {
        let named: Vec<_> = self.named(path).collect();
        if !named.is_empty() {
            return named;
        }
        let within = |(dot, _)| {
            let (name, rest) = (&path[..dot], &path[dot + 1..]);
            let objects = self.named(name).filter_map(Self::of_object);
            let found: Vec<_> = objects.flat_map(|object| object.find(rest)).collect();
            (!found.is_empty()).then_some(found)
        };
        path.rmatch_indices('.')
            .find_map(within)
            .unwrap_or_default()
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &'a RawValue> {
        let members = self.0.iter();
        let named =
            members.filter(move |(found, _)| text_of(found).is_some_and(|found| found == name));
        named.map(|(_, value)| *value)
    }

    fn of_object(value: &'a RawValue) -> Option<Self> {
        let is_object = value.get().starts_with('{');
        is_object.then(|| serde_json::from_str(value.get()).ok())?
    }
}

/// Returns what a JSON string says; a number, `true`, `false` or `null` as it is written. Arrays and objects
/// have no such text.
pub(crate) fn text_of(json: &RawValue) -> Option<Cow<'_, str>> {
    let json = json.get();
    match json.as_bytes().first()? {
        b'"' if json.contains('\\') => serde_json::from_str(json).ok().map(Cow::Owned),
        b'"' => Some(Cow::Borrowed(json.trim_matches('"'))),
        b'[' | b'{' => None,
        _ => Some(Cow::Borrowed(json)),
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(InOrder)
    }
}
