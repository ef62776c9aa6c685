//! Values, which name their types.

use crate::{
    any::{Any, Pairs},
    json::Text,
};
use base64ct::{Base64, Encoding};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{fmt, str::FromStr};

pub(super) struct JsonAny<'a>(pub(super) Any<'a>);

pub(super) struct JsonPairs<'a>(pub(super) Pairs<'a>);

/// A number, or a text of one.
pub(super) struct Unsigned(pub(super) u64);

struct Signed(i64);

/// `NaN` and `Infinity`, too.
struct Double(f64);

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    values: Option<Vec<JsonAny<'a>>>,
}

#[derive(Deserialize)]
struct Map<'a> {
    #[serde(borrow)]
    values: Option<JsonPairs<'a>>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<JsonAny<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonPairs<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pairs: Vec<Pair<'a>> = Vec::deserialize(from)?;
        let pairs = pairs.into_iter().map(|pair| {
            let key = pair.key.map(|Text(key)| key).unwrap_or_default();
            let value = pair.value.map(|JsonAny(value)| value).unwrap_or_default();
            (key, value)
        });
        Ok(Self(Pairs(pairs.collect())))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonAny<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OfItsType;

        impl<'de> Visitor<'de> for OfItsType {
            type Value = JsonAny<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the type of a value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonAny<'de>, A::Error> {
                let mut found = None;
                while let Some(Text(name)) = map.next_key()? {
                    let value = member(&name, &mut map)?;
                    found = found.or(value);
                }
                Ok(JsonAny(found.unwrap_or_default()))
            }
        }

        from.deserialize_map(OfItsType)
    }
}

/// Nothing of a member that is null, or unknown.
fn member<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<Option<Any<'de>>, A::Error> {
    Ok(match name {
        "stringValue" => map
            .next_value::<Option<_>>()?
            .map(|Text(text)| Any::Text(text)),
        "boolValue" => map.next_value::<Option<_>>()?.map(Any::Bool),
        "intValue" => map
            .next_value::<Option<_>>()?
            .map(|Signed(number)| Any::Int(number)),
        "doubleValue" => map
            .next_value::<Option<_>>()?
            .map(|Double(number)| Any::Double(number)),
        "bytesValue" => match map.next_value::<Option<_>>()? {
            Some(Text(text)) => Some(Any::Bytes(bytes(&text).map_err(Error::custom)?.into())),
            None => None,
        },
        "arrayValue" => map.next_value::<Option<List<'de>>>()?.map(|list| {
            let values = list.values.unwrap_or_default().into_iter();
            Any::List(values.map(|JsonAny(value)| value).collect())
        }),
        "kvlistValue" => map.next_value::<Option<Map<'de>>>()?.map(|map| {
            let pairs = map.values.map(|JsonPairs(pairs)| pairs);
            Any::Map(pairs.unwrap_or_default())
        }),
        _ => {
            map.next_value::<IgnoredAny>()?;
            None
        }
    })
}

/// Base64 in either alphabet, padded or not.
fn bytes(text: &str) -> Result<Vec<u8>, base64ct::Error> {
    let text = text.replace('-', "+").replace('_', "/");
    let text = text.trim_end_matches('=');
    let padded = format!("{text}{}", "=".repeat(text.len().wrapping_neg() % 4));
    Base64::decode_vec(&padded)
}

/// A number as it is, or in a text.
fn number<'de, D: Deserializer<'de>, T: FromStr>(from: D) -> Result<T, D::Error> {
    let number = <&RawValue>::deserialize(from)?.get().trim_matches('"');
    number.parse().map_err(|_| D::Error::custom("no number"))
}

impl<'de> Deserialize<'de> for Unsigned {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from).map(Self)
    }
}

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from).map(Self)
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number(from).map(Self)
    }
}
