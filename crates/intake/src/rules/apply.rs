//! An entry made anew by rules.

use super::{RuleField, Rules, path};
use crate::{
    Batch, Refusal,
    draft::{Draft, Drafted, Origin, Target},
    json::Members,
};
use central_logger_foreign_times::{Form, Moment};
use central_logger_log_store::{LogEntry, entries::EventDigest};
use std::borrow::Cow;
use time::OffsetDateTime;

/// The fields of a draft, and their names.
const FIELDS: [(Target, &str); 6] = [
    (Target::Environment, "environment"),
    (Target::Status, "status"),
    (Target::Workflow, "workflow"),
    (Target::Message, "message"),
    (Target::EventId, "event_id"),
    (Target::Time, "executed_at"),
];

impl Rules {
    /// Returns the batch with entries as the rules have them, which were received at `now`. What a rule puts
    /// something else in the place of is kept as an attribute.
    ///
    /// # Errors
    /// When the entries have become too large.
    pub fn apply(&self, batch: Batch, now: OffsetDateTime) -> Result<Batch, Refusal> {
        match self.is_empty() {
            true => Ok(batch),
            false => batch.changed(|entry, origin| self.changed(&entry, &origin, now)),
        }
    }

    /// Returns the fields whose rules find nothing in any entry of a batch.
    pub fn without_effect(&self, batch: &Batch) -> Vec<RuleField> {
        let finds = |field: RuleField| {
            let mut entries = batch.entries();
            entries.any(|(entry, origin)| Known::of(entry, origin).find_any(self, field).is_some())
        };
        let named = self.0.iter().filter(|(_, rule)| !rule.from.is_empty());
        let fields = named.map(|(field, _)| *field);
        fields.filter(|field| !finds(*field)).collect()
    }

    fn changed(&self, entry: &LogEntry, origin: &Origin, now: OffsetDateTime) -> Drafted {
        let known = Known::of(entry, origin);
        let mut draft = Draft::new(now);
        let mut run_id = None;
        for field in RuleField::ALL {
            let Some(found) = known.find_any(self, field) else {
                continue;
            };
            match field.target() {
                Some(Target::Time) => {
                    if let Some(moment) = Moment::from_text(&found) {
                        draft.time(&moment);
                    }
                }
                Some(target) => draft.set(target, &found),
                None => run_id = Some(found),
            }
        }
        for (target, name) in FIELDS {
            known.keep(&mut draft, target, name);
        }
        for (field, rule) in &self.0 {
            if let (Some(target), Some(default)) = (field.target(), &rule.default) {
                draft.set(target, default);
            }
        }
        for (name, value) in &known.attributes.0 {
            draft.attribute(name, value);
        }
        if let Some(run_id) = run_id.filter(|_| known.attributes.get("run_id").is_none()) {
            draft.attribute("run_id", &*run_id);
        }
        draft.finish()
    }
}

/// An entry, and what is known of it.
struct Known<'e> {
    entry: &'e LogEntry,
    origin: &'e Origin,
    attributes: Members<'e>,
}

impl<'e> Known<'e> {
    fn of(entry: &'e LogEntry, origin: &'e Origin) -> Self {
        let attributes = entry.extra().map(Members::parse);
        Self {
            entry,
            origin,
            // What a store takes is an object.
            attributes: attributes.and_then(Result::ok).unwrap_or_default(),
        }
    }

    /// What the rule of a field finds first, and what stands for it.
    fn find_any<'r>(&self, rules: &'r Rules, field: RuleField) -> Option<Cow<'e, str>>
    where
        'r: 'e,
    {
        let rule = rules.get(field)?;
        let mut found = rule.from.iter().filter_map(|name| self.find(name));
        let found = found.next()?;
        Some(match rule.values.get(&*found) {
            Some(value) => Cow::Borrowed(value.as_str()),
            None => found,
        })
    }

    /// By its name in the entry, or the one under which it was sent.
    fn find(&self, name: &str) -> Option<Cow<'e, str>> {
        // What had the name of a field was renamed.
        let first = name.split('.').next().unwrap_or_default();
        if LogEntry::FIELDS.contains(&first)
            && let Some(found) = path::find(&self.attributes, &format!("original.{name}"))
        {
            return Some(found);
        }
        if let Some(found) = path::find(&self.attributes, name) {
            return Some(found);
        }
        let is_named = |(target, field): &&(Target, &str)| {
            self.origin.has(*target) && (*field == name || self.origin.name(*target) == Some(name))
        };
        let (target, _) = FIELDS.iter().find(is_named)?;
        self.value(*target).map(Cow::Borrowed)
    }

    fn value(&self, target: Target) -> Option<&'e str> {
        match target {
            Target::Environment => Some(self.entry.environment()),
            Target::Status => Some(self.entry.status()),
            Target::Workflow => self.entry.workflow(),
            Target::Message => self.entry.message(),
            Target::EventId => self.entry.event_id(),
            Target::Time => Some(self.entry.executed_at().as_str()),
        }
    }

    /// Sets a field as it was, or keeps it as an attribute when there is something else in its place.
    fn keep(&self, draft: &mut Draft, target: Target, name: &str) {
        let Some(value) = self.value(target).filter(|_| self.origin.has(target)) else {
            return;
        };
        if !draft.has(target) {
            match target {
                Target::Time => draft.time(&self.moment()),
                Target::EventId => {
                    let event = self.origin.event;
                    draft.event(value, event.unwrap_or_else(|| EventDigest::of(value)));
                }
                target => draft.set(target, value),
            }
            if let Some(name) = self.origin.name(target) {
                draft.name(target, name);
            }
            return;
        }
        let original = format!("original.{name}");
        let kept = self.origin.name(target).unwrap_or(&original);
        if self.attributes.get(kept).is_none() {
            draft.attribute(kept, value);
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            form: Form::Text(self.entry.executed_at().as_str().to_owned()),
            is_fine: self.origin.is_fine,
            is_within_a_second: self.origin.is_within_a_second,
        }
    }
}
