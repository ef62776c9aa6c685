use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt, str::FromStr};

/// A log entry before it is queued: members of a JSON object.
///
/// The client adds `executed_at`, `event_id`, `environment` and `status` when they are missing.
///
/// # Examples
///
/// ```
/// use central_logger_client::Entry;
///
/// let entry = Entry::new("done").status("SUCCESS").workflow("nightly").with("rows", 3);
/// assert_eq!(entry.to_string(), r#"{"message":"done","status":"SUCCESS","workflow":"nightly","rows":3}"#);
/// ```
#[derive(Clone, Default)]
pub struct Entry {
    /// Names, and values as JSON on one line.
    members: Vec<(Cow<'static, str>, String)>,
    /// The first member whose value is not JSON.
    not_json: Option<Cow<'static, str>>,
}

/// A text that is not an entry.
///
/// # Examples
///
/// ```
/// use central_logger_client::{Entry, InvalidEntry};
///
/// let error: InvalidEntry = "[1, 2]".parse::<Entry>().unwrap_err();
/// assert_eq!(error.to_string(), "an entry is a JSON object");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("an entry is a JSON object")]
pub struct InvalidEntry(#[source] serde_json::Error);

impl Entry {
    /// An entry with this `message`.
    pub fn new(message: impl AsRef<str>) -> Self {
        Self::default().with("message", message.as_ref())
    }

    /// Sets the `status`, which is `INFO` otherwise.
    #[must_use]
    pub fn status(self, status: impl AsRef<str>) -> Self {
        self.with("status", status.as_ref())
    }

    /// Sets the `workflow`, which is that of the client otherwise.
    #[must_use]
    pub fn workflow(self, workflow: impl AsRef<str>) -> Self {
        self.with("workflow", workflow.as_ref())
    }

    /// Sets the `environment`, which is that of the client otherwise.
    #[must_use]
    pub fn environment(self, environment: impl AsRef<str>) -> Self {
        self.with("environment", environment.as_ref())
    }

    /// Sets the `run_id`, which all entries of a run share.
    #[must_use]
    pub fn run_id(self, run_id: impl AsRef<str>) -> Self {
        self.with("run_id", run_id.as_ref())
    }

    /// Sets the `event_id`, which is random otherwise. The server stores entries with the same `event_id`
    /// and `executed_at` once.
    #[must_use]
    pub fn event_id(self, event_id: impl AsRef<str>) -> Self {
        self.with("event_id", event_id.as_ref())
    }

    /// Sets any member. A NUL character in a text becomes U+FFFD, since the server takes none. An entry with a value that JSON cannot hold, such as a map whose keys are lists,
    /// is refused when it is logged.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        self.set(name.into(), &value);
        self
    }

    pub(crate) fn set(&mut self, name: Cow<'static, str>, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.set_json(name, without_nul(on_one_line(text))),
            Err(_) if self.not_json.is_none() => self.not_json = Some(name),
            Err(_) => {}
        }
    }

    fn set_json(&mut self, name: Cow<'static, str>, json: String) {
        match self.members.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = json,
            None => self.members.push((name, json)),
        }
    }

    /// Adds a member unless there is one of that name.
    #[must_use]
    pub fn or_with(self, name: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        let name = name.into();
        if self.has(&name) {
            self
        } else {
            self.with(name, value)
        }
    }

    /// Whether there is a member of this name.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| known == name)
    }

    /// Adds the members of another that it has not.
    pub(crate) fn or_members_of(mut self, other: &Self) -> Self {
        for (name, value) in &other.members {
            if !self.has(name) {
                self.members.push((name.clone(), value.clone()));
            }
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.members.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().map(|(name, value)| (&**name, &**value))
    }

    pub(crate) fn not_json(&self) -> Option<&str> {
        self.not_json.as_deref()
    }
}

/// Blanks between values may be ends of lines; within texts, JSON escapes them.
fn on_one_line(json: String) -> String {
    if json.contains(['\n', '\r']) {
        json.replace(['\n', '\r'], " ")
    } else {
        json
    }
}

/// The server takes no NUL character.
fn without_nul(json: String) -> String {
    if !json.contains("\\u0000") {
        return json;
    }
    // Two backslashes are one that is escaped, which makes no NUL of what follows.
    let parts = json.split("\\\\");
    let parts: Vec<_> = parts
        .map(|part| part.replace("\\u0000", "\\ufffd"))
        .collect();
    parts.join("\\\\")
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (name, value)) in self.members().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let name = serde_json::to_string(name).map_err(|_| fmt::Error)?;
            write!(f, "{comma}{name}:{value}")?;
        }
        f.write_str("}")
    }
}

/// Shows names only, since values may be secrets.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.members().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

/// Reads a JSON object. Its members stay in order, and their values as they are written.
impl FromStr for Entry {
    type Err = InvalidEntry;

    fn from_str(text: &str) -> Result<Self, InvalidEntry> {
        serde_json::from_str(text).map_err(InvalidEntry)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let mut entry = Entry::default();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    let json = on_one_line(value.get().to_owned());
                    entry.members.push((Cow::Owned(name), json));
                }
                Ok(entry)
            }
        }

        deserializer.deserialize_map(Members)
    }
}
