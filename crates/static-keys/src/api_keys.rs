use central_logger_keys::{ApiKey, ClientId, InvalidClientId, ParseKeyError};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use std::{collections::HashMap, fmt};
use zeroize::Zeroizing;

/// The value of `API_KEYS`: whose each key is, in the order of the file.
///
/// # Examples
///
/// ```
/// use central_logger_static_keys::ApiKeys;
///
/// assert!(ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#).is_ok());
/// let error = ApiKeys::parse("key1:client1,key2:client2").unwrap_err();
/// assert!(error.to_string().contains("JSON"), "{error}");
/// ```
#[derive(Debug, Default)]
pub struct ApiKeys(Vec<(ApiKey, ClientId)>);

/// What is wrong with a value of `API_KEYS`. Entries are counted from 1 and never repeated: where
/// key and client are mixed up, either may be the secret.
///
/// # Examples
///
/// ```
/// use central_logger_static_keys::ApiKeys;
///
/// let error = ApiKeys::parse(r#"{"key1": "acme_corp", "key1": "widget_co"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "API_KEYS, entry 2: the same key stands in entry 1 already");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeysError {
    /// Not JSON, or not an object of strings.
    #[error(
        "API_KEYS is not of the right form (line {line}, column {column} of its value). Write a \
         JSON object from key to client id: API_KEYS={{\"key1\": \"client1\", \"key2\": \
         \"client2\"}}"
    )]
    Form {
        /// The line of the value, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A key that can be none.
    #[error("API_KEYS, entry {entry}: {reason}")]
    Key {
        /// Which entry.
        entry: usize,
        /// Why.
        reason: ParseKeyError,
    },
    /// A client id that is none.
    #[error("API_KEYS, entry {entry}: {reason}")]
    Client {
        /// Which entry.
        entry: usize,
        /// Why.
        reason: InvalidClientId,
    },
    /// A key that stands there twice.
    #[error("API_KEYS, entry {entry}: the same key stands in entry {first} already")]
    Repeated {
        /// Which entry.
        entry: usize,
        /// The one before.
        first: usize,
    },
}

impl ApiKeys {
    /// Reads the JSON text.
    ///
    /// # Errors
    /// When it is not a JSON object from distinct keys to client ids.
    pub fn parse(json: &str) -> Result<Self, ApiKeysError> {
        let Pairs(pairs) = serde_json::from_str(json).map_err(|error| ApiKeysError::Form {
            line: error.line(),
            column: error.column(),
        })?;
        let mut keys = Vec::with_capacity(pairs.len());
        let mut entries = HashMap::new();
        for ((key, client), entry) in pairs.iter().zip(1..) {
            let key = ApiKey::parse(key).map_err(|reason| ApiKeysError::Key { entry, reason })?;
            let client = client
                .parse()
                .map_err(|reason| ApiKeysError::Client { entry, reason })?;
            if let Some(first) = entries.insert(key.digest(), entry) {
                return Err(ApiKeysError::Repeated { entry, first });
            }
            keys.push((key, client));
        }
        Ok(Self(keys))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and whose they are.
    pub fn iter(&self) -> impl Iterator<Item = (&ApiKey, &ClientId)> {
        self.0.iter().map(|(key, client)| (key, client))
    }
}

impl IntoIterator for ApiKeys {
    type Item = (ApiKey, ClientId);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A JSON object with its members in order, repeated ones too.
struct Pairs(Vec<(Zeroizing<String>, Zeroizing<String>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from key to client id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, client)) = map.next_entry::<String, String>()? {
                    pairs.push((Zeroizing::new(key), Zeroizing::new(client)));
                }
                Ok(Pairs(pairs))
            }
        }

        from.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_file_is_kept() {
        let keys = ApiKeys::parse(r#"{"zz": "acme", "aa": "widget_co"}"#).unwrap();
        let read: Vec<_> = keys
            .iter()
            .map(|(key, client)| (key.expose_secret(), client.as_str()))
            .collect();
        assert_eq!(read, [("zz", "acme"), ("aa", "widget_co")]);
        assert!(ApiKeys::parse("{}").unwrap().is_empty());
    }

    #[test]
    fn a_fault_is_named_by_its_place_and_not_repeated() {
        for (json, says) in [
            (
                "hunter2:client1,key2:client2",
                r#"API_KEYS={"key1": "client1", "key2": "client2"}"#,
            ),
            (r#"{"...", "hunter2": "c"}"#, "line 1, column 7"),
            (r#"["hunter2"]"#, "right form"),
            (r#""hunter2""#, "right form"),
            (r#"{"hunter2": 5}"#, "right form"),
            (r#"{"hunter2": "c"} x"#, "right form"),
            (
                r#"{"a": "c", "hunter2 ": "c"}"#,
                "entry 2: a key has visible",
            ),
            (r#"{"": "hunter2"}"#, "entry 1: the key is empty"),
            (r#"{"acme": "Hunter2hunter2"}"#, "entry 1: a client id has"),
            (
                r#"{"hunter2": "c", "b": "c", "hunter2": "d"}"#,
                "entry 3: the same key stands in entry 1",
            ),
        ] {
            let said = ApiKeys::parse(json).unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
            assert!(!said.to_lowercase().contains("hunter2"), "{said}");
        }
    }
}
