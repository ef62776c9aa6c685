//! The members of a body that is a small JSON object.

use crate::Problem;
use actix_web::http::StatusCode;
use central_logger_log_store::{ValidationError, ValidationErrors};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::{fmt, str::FromStr};

/// The members of an object, each of which is to be taken: one that is left is refused by its name.
pub struct Members {
    left: Vec<(String, Value)>,
    faults: ValidationErrors,
    /// What was wrong within members that are objects.
    within: Vec<(String, Problem)>,
}

impl Members {
    /// Reads the members of a body. An empty body has none.
    ///
    /// # Errors
    /// When the body is no JSON, or no object.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let pairs = match body {
            [] => Pairs(Vec::new()),
            body => serde_json::from_slice(body).map_err(not_an_object)?,
        };
        let (mut left, mut faults) = (Vec::<(String, Value)>::new(), ValidationErrors::default());
        for (name, value) in pairs.0 {
            match left.iter().any(|(known, _)| *known == name) {
                true => faults.push(ValidationError::new(name, "is given twice")),
                false => left.push((name, value)),
            }
        }
        Ok(Self {
            left,
            faults,
            within: Vec::new(),
        })
    }

    /// Takes a member: nothing if it is not there, and `Some(None)` if it is `null`. One that cannot be read
    /// is a fault.
    pub fn patch<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<Option<T>> {
        let place = self.left.iter().position(|(known, _)| known == name)?;
        match self.left.remove(place).1 {
            Value::Null => Some(None),
            value => match read(&value) {
                Ok(read) => Some(Some(read)),
                Err(message) => {
                    self.fault(name, message);
                    None
                }
            },
        }
    }

    /// Takes a member: nothing if it is not there or `null`.
    pub fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        self.patch(name, read).flatten()
    }

    /// Takes a member that has to be there.
    pub fn need<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        self.need_given(name);
        self.take(name, read)
    }

    /// Takes a [list](Self::list) that has to be there.
    pub fn need_list<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &str,
        most: usize,
    ) -> Option<Vec<T>> {
        self.need_given(name);
        self.list(name, most).flatten()
    }

    fn need_given(&mut self, name: &str) {
        let mut left = self.left.iter();
        if !left.any(|(known, value)| known == name && !value.is_null()) {
            self.fault(name, "is missing");
        }
    }

    /// Takes a member that is an array of texts, with at least one and at most `most` elements.
    pub fn list<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &str,
        most: usize,
    ) -> Option<Option<Vec<T>>> {
        let mut faults = Vec::new();
        let read = self.patch(name, |value| {
            let elements = value.as_array().ok_or("must be an array of strings")?;
            if elements.is_empty() || elements.len() > most {
                return Err(format!("must have 1 to {most} elements"));
            }
            let mut read = Vec::new();
            for (index, element) in elements.iter().enumerate() {
                match text(element) {
                    Ok(element) => read.push(element),
                    Err(message) => faults.push(ValidationError {
                        index: Some(index),
                        ..ValidationError::new(name, message)
                    }),
                }
            }
            Ok(read)
        });
        self.faults.extend(faults);
        read
    }

    /// Takes a member that is an object and reads its members: nothing if it is not there, and `Some(None)` if
    /// it is `null`.
    pub fn object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<Option<T>> {
        let object = self.patch(name, |value| match value {
            Value::Object(members) => Ok(members.clone()),
            _ => Err("must be an object".to_owned()),
        })?;
        Some(object.map(|object| {
            let mut members = Self {
                left: object.into_iter().collect(),
                faults: ValidationErrors::default(),
                within: Vec::new(),
            };
            let read = read(&mut members);
            if let Err(problem) = members.finish() {
                self.within.push((name.to_owned(), problem));
            }
            read
        }))
    }

    /// Says that something is wrong with a member.
    pub fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(ValidationError::new(name, message));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When there was a fault, or a member is left.
    pub fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.left) {
            self.fault(&name, "is no member of this call");
        }
        if self.faults.is_empty() && self.within.is_empty() {
            return Ok(());
        }
        let problem = Problem::faulty_members(self.faults);
        let within = self.within.into_iter();
        Err(within.fold(problem, |problem, (name, within)| {
            problem.and_within(&name, within)
        }))
    }
}

/// Reads a value that is written as a text.
///
/// # Errors
/// When it is no text, or one that cannot be read.
pub fn text<T: FromStr<Err: fmt::Display>>(value: &Value) -> Result<T, String> {
    let text = value.as_str().ok_or("must be a string")?;
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn not_an_object(error: serde_json::Error) -> Problem {
    let detail = match error.is_data() {
        true => "The body is not a JSON object; nothing was changed".to_owned(),
        false => format!("The body is not valid JSON: {error}; nothing was changed"),
    };
    let status = match error.is_data() {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, detail)
}

/// The members in their order, repeated ones as well.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn number(value: &Value) -> Result<u64, String> {
        value.as_u64().ok_or("must be a number".to_owned())
    }

    fn problem(problem: Problem) -> Value {
        serde_json::to_value(problem).unwrap()
    }

    #[test]
    fn what_is_not_there_and_what_is_null_are_told_apart() {
        let mut members = Members::parse(br#"{"a":1,"b":null,"c":["x"]}"#)
            .ok()
            .unwrap();
        assert_eq!(members.patch("a", number), Some(Some(1)));
        assert_eq!(members.patch("b", number), Some(None));
        assert_eq!(members.patch("d", number), None);
        assert_eq!(
            members.list::<String>("c", 1),
            Some(Some(vec!["x".to_owned()]))
        );
        assert!(members.finish().is_ok());
        assert!(Members::parse(b"").ok().unwrap().finish().is_ok());
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        let body = br#"{"a":"x","list":["1","y"],"empty":[],"a":2,"un/known~":1,"need":null}"#;
        let mut members = Members::parse(body).ok().unwrap();
        assert_eq!(members.take("a", number), None);
        assert_eq!(members.list::<u8>("list", 9), Some(Some(vec![1])));
        assert_eq!(members.list::<u8>("empty", 9), None);
        assert_eq!(members.need("need", number), None);
        let found = problem(members.finish().unwrap_err());
        assert_eq!(found["status"], 422);
        let errors = found["errors"].as_array().unwrap().iter();
        let places: Vec<_> = errors
            .map(|error| (&error["pointer"], &error["message"]))
            .collect();
        let expected = [
            ("/a", "is given twice"),
            ("/a", "must be a number"),
            ("/list/1", "invalid digit found in string"),
            ("/empty", "must have 1 to 9 elements"),
            ("/need", "is missing"),
            ("/un~1known~0", "is no member of this call"),
        ];
        let expected = expected.map(|(place, message)| (json!(place), json!(message)));
        let places: Vec<_> = places
            .into_iter()
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn a_body_is_one_object() {
        for (body, status) in [
            (&b"{"[..], 400),
            (b"{} {}", 400),
            (b"\xff", 400),
            (b"[]", 422),
            (b"1", 422),
            (b"null", 422),
        ] {
            let found = problem(Members::parse(body).err().unwrap());
            assert_eq!(found["status"], status, "{body:?}");
        }
    }

    #[test]
    fn what_is_wrong_within_an_object_is_pointed_at() {
        let body = br#"{"policy":{"max":"x","odd":1},"quota":null,"keep":{},"rest":7}"#;
        let mut members = Members::parse(body).ok().unwrap();
        let max = members.object("policy", |policy| policy.take("max", number));
        assert_eq!(max, Some(Some(None)));
        assert_eq!(members.object("quota", |_| ()), Some(None));
        assert_eq!(members.object("keep", |_| ()), Some(Some(())));
        assert_eq!(members.object("rest", |_| ()), None);
        let refused = problem(members.finish().err().unwrap());
        let pointers = refused["errors"].as_array().unwrap().iter();
        let pointers: Vec<_> = pointers.map(|error| &error["pointer"]).collect();
        assert_eq!(pointers, ["/rest", "/policy/max", "/policy/odd"]);
        assert_eq!(refused["errors"][1]["field"], "policy.max");
    }
}
