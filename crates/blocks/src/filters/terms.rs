//! What entries have and searches ask for, as hashes. Each kind has a seed of its own, and all of it is
//! part of the form of blocks: a change needs another number of the form.

use central_logger_log_store::{
    LogId,
    entries::LogField,
    queries::{LogFilter, ValueFilter},
};
use std::hash::Hasher;
use twox_hash::XxHash64;

const WORD: u64 = 1;
const ENVIRONMENT: u64 = 2;
const STATUS: u64 = 3;
const WORKFLOW: u64 = 4;
const MEMBER: u64 = 5;
const EVENT: u64 = 6;

pub(super) fn of_word(word: &str) -> u64 {
    XxHash64::oneshot(WORD, word.as_bytes())
}

pub(super) fn of_environment(environment: &str) -> u64 {
    XxHash64::oneshot(ENVIRONMENT, environment.as_bytes())
}

pub(super) fn of_status(status: &str) -> u64 {
    XxHash64::oneshot(STATUS, status.as_bytes())
}

pub(super) fn of_workflow(workflow: &str) -> u64 {
    XxHash64::oneshot(WORKFLOW, workflow.as_bytes())
}

pub(super) fn of_event(id: LogId) -> u64 {
    XxHash64::oneshot(EVENT, id.as_uuid().as_bytes())
}

/// The path to a member: names with a point between each two. A member whose name has points has the same
/// path as one within others.
#[derive(Clone)]
pub(super) struct Path(XxHash64);

impl Path {
    /// The path of a member of an entry.
    pub(super) fn of(name: &str) -> Self {
        let mut hasher = XxHash64::with_seed(MEMBER);
        hasher.write(name.as_bytes());
        Self(hasher)
    }

    /// The path of a member of the member here.
    pub(super) fn then(&self, name: &str) -> Self {
        let mut hasher = self.0.clone();
        hasher.write(b".");
        hasher.write(name.as_bytes());
        Self(hasher)
    }

    /// Returns the term of a member that has this value.
    pub(super) fn with_value(&self, value: &str) -> u64 {
        let mut hasher = self.0.clone();
        // No name and no value has this character.
        hasher.write(b"\0");
        hasher.write(value.as_bytes());
        hasher.finish()
    }
}

/// Returns whether all that `filter` asks for may be among the terms.
pub(super) fn may_match(filter: &LogFilter, may_have: impl Fn(u64) -> bool) -> bool {
    let has_one = |values: &ValueFilter, term: &dyn Fn(&str) -> u64| {
        let any_of = values.any_of();
        any_of.is_empty() || any_of.iter().any(|value| may_have(term(value)))
    };
    filter.words().terms().all(|word| may_have(of_word(word)))
        && filter.fields().all(|(field, values)| {
            has_one(
                values,
                &match field {
                    LogField::Environment => of_environment,
                    LogField::Status => of_status,
                    LogField::Workflow => of_workflow,
                },
            )
        })
        && filter.attributes().iter().all(|attribute| {
            let path = Path::of(attribute.path());
            has_one(attribute.values(), &|value| path.with_value(value))
        })
}
