use crate::json;
use serde::Serialize;
use std::io;

/// The JSON text of an object in the making: without its closing brace, and empty without members.
#[derive(Debug, Default)]
pub(super) struct JsonObject(String);

impl JsonObject {
    /// Adds a member that was [checked](json::check).
    pub(super) fn push_checked(&mut self, name: &str, value: &str) {
        self.begin_member();
        self.0.push_str(name);
        self.0.push(':');
        self.0.push_str(value);
    }

    /// Writes a member; says what is wrong with one that an entry cannot have.
    pub(super) fn push<V: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &V,
    ) -> Result<(), String> {
        let before = self.0.len();
        self.begin_member();
        let begin = self.0.len();
        let mut text = Text(&mut self.0);
        let written = serde_json::to_writer(&mut text, name).and_then(|()| {
            text.0.push(':');
            serde_json::to_writer(&mut text, value)
        });
        let checked = match written {
            // It lies within the object that is the entry.
            Ok(()) => {
                json::check_within(1, &self.0[begin..]).map_err(|found| format!("an entry {found}"))
            }
            Err(_) => Err("an entry has an attribute that JSON cannot express".to_owned()),
        };
        if checked.is_err() {
            self.0.truncate(before);
        }
        checked
    }

    /// The length of its text, as far as it is made.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn begin_member(&mut self) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
    }

    /// The text of the whole, if there is a member.
    pub(super) fn build(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0 + "}")
    }
}

/// JSON is written in parts that are texts each.
struct Text<'t>(&'t mut String);

impl io::Write for Text<'_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0
            .push_str(str::from_utf8(part).map_err(io::Error::other)?);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_leaves_nothing_behind() {
        let mut object = JsonObject::default();
        assert!(object.push("a", "b\0c").is_err());
        object.push("é\"", &[1.5, 2.0]).unwrap();
        assert!(object.push("\0", &1).is_err());
        object.push_checked("\"c\"", "1.50");
        let built = object.build();
        assert_eq!(built.as_deref(), Some(r#"{"é\"":[1.5,2.0],"c":1.50}"#));
        assert_eq!(JsonObject::default().build(), None);
    }
}
