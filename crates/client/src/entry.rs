use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt, str::FromStr};

/// Members that a server takes as texts only.
const TEXTS: [&str; 7] = [
    "event_id",
    "executed_at",
    "environment",
    "status",
    "workflow",
    "message",
    "run_id",
];

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

    /// Sets any member. What a server would refuse is fitted: a NUL character becomes U+FFFD, and a `status` of 200 the text
    /// `200`, as do other members that a server takes as texts; one of them that is null is left out. An entry with a value
    /// that JSON cannot hold, such as a map whose keys are lists, is refused when it is logged.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Serialize) -> Self {
        self.set(name.into(), &value);
        self
    }

    pub(crate) fn set(&mut self, name: Cow<'static, str>, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(json) => self.set_json(fit_name(name), json),
            Err(_) if self.not_json.is_none() => self.not_json = Some(name),
            Err(_) => {}
        }
    }

    fn set_json(&mut self, name: Cow<'static, str>, json: String) {
        let Some(json) = fit(&name, json) else {
            return;
        };
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

    /// Gives a member another name. An object that was read may have several of that name: all get it.
    #[must_use]
    pub fn renamed(mut self, name: &str, other: impl Into<Cow<'static, str>>) -> Self {
        let other = other.into();
        let members = self.members.iter_mut().filter(|(known, _)| known == name);
        members.for_each(|member| member.0 = other.clone());
        self
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
    // A search for one character skips whole words of memory; one for either of two looks at each.
    if json.contains('\n') || json.contains('\r') {
        json.replace(['\n', '\r'], " ")
    } else {
        json
    }
}

/// A name as the server takes it.
fn fit_name(name: Cow<'static, str>) -> Cow<'static, str> {
    match name.contains('\0') {
        true => name.replace('\0', "\u{FFFD}").into(),
        false => name,
    }
}

/// A value as the server takes it. There is none for a member that is left out.
fn fit(name: &str, json: String) -> Option<String> {
    let json = without_forbidden(on_one_line(json));
    match TEXTS.contains(&name) {
        true if json == "null" => None,
        // A status of 200 is of more use as "200" than refused.
        true if !json.starts_with('"') => serde_json::to_string(&json).ok(),
        _ => Some(json),
    }
}

/// The server takes no NUL character and no half of a surrogate pair.
fn without_forbidden(json: String) -> String {
    if !json.contains("\\u") {
        return json;
    }
    let mut fit = String::with_capacity(json.len());
    let mut rest = &*json;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        let (unit, next) = (utf16_unit(escape), escape.get(6..).and_then(utf16_unit));
        let (length, is_forbidden) = match (unit, next) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(0 | 0xD800..=0xDFFF), _) => (6, true),
            (Some(_), _) => (6, false),
            (None, _) => (2, false),
        };
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        fit.push_str(before);
        fit.push_str(if is_forbidden { "\\ufffd" } else { escape });
        rest = after;
    }
    fit.push_str(rest);
    fit
}

/// What an escape stands for that begins like `\u00e9`.
fn utf16_unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
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

/// Reads a JSON object. Its members stay in order, and their values as they are written, but for what no server takes:
/// [`Entry::with`] tells what becomes of that.
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
                    let name = fit_name(name.into());
                    if let Some(json) = fit(&name, value.get().to_owned()) {
                        entry.members.push((name, json));
                    }
                }
                Ok(entry)
            }
        }

        deserializer.deserialize_map(Members)
    }
}
