//! Which members of foreign records become fields of an entry.

use crate::{
    draft::{Draft, Target},
    json::{self, Members},
    severity,
};
use central_logger_foreign_times::{Form, Moment};
use std::borrow::Cow;

/// The names of what becomes a field, the better ones first. A dot leads into an object, too.
const NAMES: [(Target, &[&str]); 6] = [
    (
        Target::Time,
        &[
            "executed_at",
            "@timestamp",
            "timestamp",
            "time",
            "ts",
            "@t",
            "datetime",
            "asctime",
            "timereported",
            "timegenerated",
            "eventTime",
            "date",
            "created",
        ],
    ),
    (Target::Message, &["message", "msg", "@m", "log", "text"]),
    (
        Target::Status,
        &[
            "status",
            "level",
            "severity",
            "log.level",
            "levelname",
            "loglevel",
            "lvl",
            "severity_text",
            "detected_level",
            "severitytext",
        ],
    ),
    (
        Target::Workflow,
        &[
            "workflow",
            "service.name",
            "service_name",
            "service",
            "app",
            "application",
            "appname",
            "app_name",
            "program",
            "programname",
            "job",
            "logger",
        ],
    ),
    (
        Target::Environment,
        &[
            "environment",
            "deployment.environment.name",
            "deployment.environment",
            "deployment_environment_name",
            "deployment_environment",
            "service.environment",
            "env",
        ],
    ),
    (Target::EventId, &["event_id"]),
];

/// What stands under a name.
pub(crate) enum Found<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
}

pub(crate) trait Lookup {
    /// The [bits](bit) of the names that are there.
    fn bits(&self) -> u64;

    /// The text or number of this name.
    fn find(&self, name: &str) -> Option<Found<'_>>;
}

/// Sets the fields that are not set yet, and returns the names of what is in them just as it was sent.
pub(crate) fn take(draft: &mut Draft, from: &(impl Lookup + ?Sized)) -> Vec<&'static str> {
    let taken = take_fields(draft, from);
    taken.into_iter().map(|(_, name)| name).collect()
}

fn take_fields(draft: &mut Draft, from: &(impl Lookup + ?Sized)) -> Vec<(Target, &'static str)> {
    let mut taken = Vec::new();
    let bits = from.bits();
    let may_have = |name: &str| {
        let outer = || {
            name.split_once('.')
                .is_some_and(|(outer, _)| bits & bit(outer) != 0)
        };
        bits & bit(name) != 0 || outer()
    };
    for (target, names) in NAMES {
        for name in names {
            if draft.has(target) {
                break;
            }
            let found = may_have(name).then(|| from.find(name)).flatten();
            let Some(found) = found else {
                continue;
            };
            if set(draft, target, name, &found) {
                taken.push((target, *name));
            }
        }
    }
    taken
}

/// A bit that few names share: most of the names above need not be looked for, since none with their bit is there.
fn bit(name: &str) -> u64 {
    let first = name.as_bytes().first().copied().unwrap_or_default();
    1_u64 << ((name.len() + 7 * usize::from(first)) % 64)
}

/// Adds the members of an object: as fields what they can tell, all else as attributes.
pub(crate) fn add_members(draft: &mut Draft, members: &Members<'_>) {
    let mut taken = take_fields(draft, members);
    for (name, value) in &members.0 {
        let place = taken.iter().position(|(_, taken)| taken == name);
        match place.filter(|_| value.get() != "null") {
            // Another one of the same name is not in the field.
            Some(place) => {
                let (target, name) = taken.remove(place);
                draft.name(target, name);
            }
            None => draft.attribute(name, value),
        }
    }
}

/// Sets a field, and returns whether it says all that was sent.
fn set(draft: &mut Draft, target: Target, name: &str, found: &Found<'_>) -> bool {
    match (target, found) {
        (Target::Time, Found::Text(text)) => {
            let Some(moment) = Moment::from_text(text) else {
                return false;
            };
            draft.time(&moment);
            matches!(&moment.form, Form::Text(kept) if *kept == **text)
        }
        (Target::Time, Found::Number(number)) => {
            if let Some(moment) = Moment::from_number(number) {
                draft.time(&moment);
            }
            false
        }
        (Target::Status, Found::Number(number)) => {
            if let Some(status) = severity::of_number(number).filter(|_| name != "status") {
                draft.set(target, status);
            }
            false
        }
        (Target::Status, Found::Text(text)) if name != "status" => {
            let status = severity::of_text(text);
            draft.set(target, &status);
            status == *text
        }
        (_, Found::Text(text)) => {
            draft.set(target, text);
            draft.has(target)
        }
        (_, Found::Number(_)) => false,
    }
}

impl Lookup for Members<'_> {
    fn bits(&self) -> u64 {
        self.0.iter().fold(0, |bits, (name, _)| bits | bit(name))
    }

    fn find(&self, name: &str) -> Option<Found<'_>> {
        if let Some(value) = self.get(name) {
            return match value.get().as_bytes().first() {
                Some(b'"') => json::text(value).map(Found::Text),
                Some(b'0'..=b'9') => Some(Found::Number(value.get())),
                _ => None,
            };
        }
        // Only texts and names of known length are looked for there.
        let (outer, inner) = name.split_once('.')?;
        let object = self.get(outer)?;
        let members = Members::parse(object.get()).ok()?;
        members.text(inner).map(Found::Text)
    }
}

/// Labels, whose values are all texts.
impl<T: AsRef<str>, U: AsRef<str>> Lookup for [(T, U)] {
    fn bits(&self) -> u64 {
        self.iter()
            .fold(0, |bits, (name, _)| bits | bit(name.as_ref()))
    }

    fn find(&self, name: &str) -> Option<Found<'_>> {
        let found = self.iter().find(|(found, _)| found.as_ref() == name);
        found.map(|(_, value)| Found::Text(value.as_ref().into()))
    }
}
