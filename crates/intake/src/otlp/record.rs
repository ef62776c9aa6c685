//! An entry out of a log record and what it belongs to.

use crate::{
    any::{Any, Pairs},
    draft::{Draft, Drafted, Target},
    severity,
};
use central_logger_foreign_times::Moment;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::{RawValue, to_raw_value};
use std::borrow::Cow;
use time::OffsetDateTime;

#[derive(Debug, Default)]
pub(super) struct Resource<'a> {
    pub(super) attributes: Pairs<'a>,
    pub(super) dropped: u64,
    pub(super) schema_url: Cow<'a, str>,
}

#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
    pub(super) attributes: Pairs<'a>,
    pub(super) dropped: u64,
    pub(super) schema_url: Cow<'a, str>,
}

#[derive(Debug, Default)]
pub(super) struct Record<'a> {
    pub(super) time: u64,
    pub(super) observed: u64,
    pub(super) severity: i64,
    pub(super) severity_text: Cow<'a, str>,
    pub(super) body: Any<'a>,
    pub(super) attributes: Pairs<'a>,
    pub(super) dropped: u64,
    pub(super) flags: u64,
    /// In lower-case hexadecimal.
    pub(super) trace_id: String,
    pub(super) span_id: String,
    pub(super) event_name: Cow<'a, str>,
}

/// A resource and a scope as they are kept with each of their records: written once, and not for each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<'k> {
    pub(super) resource: Option<&'k RawValue>,
    pub(super) scope: Option<&'k RawValue>,
}

/// The names of what is kept beside the attributes of a record, which cannot have them too.
const NAMES: [&str; 13] = [
    "resource",
    "scope",
    "body",
    "severity_number",
    "severity_text",
    "trace_id",
    "span_id",
    "flags",
    "event_name",
    "observed_time_unix_nano",
    "dropped_attributes_count",
    "original.message",
    "original.status",
];

impl Record<'_> {
    pub(super) fn draft(
        &self,
        resource: &Resource<'_>,
        kept: Kept<'_>,
        now: OffsetDateTime,
    ) -> Drafted {
        let mut draft = Draft::new(now);
        let of_resource = |name| resource.attributes.text(name).unwrap_or_default();
        draft.set(
            Target::Environment,
            of_resource("deployment.environment.name"),
        );
        draft.set(Target::Environment, of_resource("deployment.environment"));
        draft.set(Target::Workflow, of_resource("service.name"));
        let status = severity::of_text(&self.severity_text);
        draft.set(Target::Status, &status);
        if status != self.severity_text {
            draft.attribute("severity_text", &Any::Text((&*self.severity_text).into()));
        }
        draft.set(
            Target::Status,
            severity::of_otlp(self.severity).unwrap_or_default(),
        );
        for time in [self.time, self.observed] {
            if time > 0 {
                draft.time(&Moment::from_unix_ns(time));
            }
        }
        self.add_body(&mut draft);
        self.add_own(&mut draft);
        for (name, value) in &self.attributes.0 {
            match NAMES.contains(&&**name) {
                true => draft.attribute(&format!("original.{name}"), value),
                false => draft.attribute(name, value),
            }
        }
        for (name, written) in [("resource", kept.resource), ("scope", kept.scope)] {
            if let Some(written) = written {
                draft.attribute(name, written);
            }
        }
        draft.finish()
    }

    /// What is no text is shown as JSON, and kept as it is beside that.
    fn add_body(&self, draft: &mut Draft) {
        match &self.body {
            Any::Null => {}
            Any::Text(text) => draft.set(Target::Message, text),
            body => {
                let text = serde_json::to_string(body).unwrap_or_default();
                draft.set(Target::Message, &text);
                draft.attribute("body", body);
            }
        }
    }

    fn add_own(&self, draft: &mut Draft) {
        for (name, text) in [
            ("trace_id", &*self.trace_id),
            ("span_id", &*self.span_id),
            ("event_name", &*self.event_name),
        ] {
            if !text.is_empty() {
                draft.attribute(name, &Any::Text(text.into()));
            }
        }
        for (name, number) in [
            ("observed_time_unix_nano", self.observed),
            ("flags", self.flags),
            ("dropped_attributes_count", self.dropped),
        ] {
            if number > 0 {
                draft.attribute(name, &number);
            }
        }
        if self.severity != 0 {
            draft.attribute("severity_number", &self.severity);
        }
    }
}

impl Resource<'_> {
    /// As JSON, unless there is nothing to say.
    pub(super) fn written(&self) -> Option<Box<RawValue>> {
        // What it consists of can always be written.
        (!self.is_empty()).then(|| to_raw_value(self).ok())?
    }

    fn is_empty(&self) -> bool {
        self.attributes.0.is_empty() && self.dropped == 0 && self.schema_url.is_empty()
    }
}

impl Scope<'_> {
    /// As JSON, unless there is nothing to say.
    pub(super) fn written(&self) -> Option<Box<RawValue>> {
        (!self.is_empty()).then(|| to_raw_value(self).ok())?
    }

    fn is_empty(&self) -> bool {
        let texts = [&self.name, &self.version, &self.schema_url];
        let has_text = texts.into_iter().any(|text| !text.is_empty());
        !has_text && self.attributes.0.is_empty() && self.dropped == 0
    }
}

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        add(
            &mut map,
            &[("schema_url", &self.schema_url)],
            &self.attributes,
            self.dropped,
        )?;
        map.end()
    }
}

impl Serialize for Scope<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        let texts = [
            ("name", &self.name),
            ("version", &self.version),
            ("schema_url", &self.schema_url),
        ];
        add(&mut map, &texts, &self.attributes, self.dropped)?;
        map.end()
    }
}

fn add<M: SerializeMap>(
    map: &mut M,
    texts: &[(&str, &Cow<'_, str>)],
    attributes: &Pairs<'_>,
    dropped: u64,
) -> Result<(), M::Error> {
    for (name, text) in texts {
        if !text.is_empty() {
            map.serialize_entry(name, &Any::Text(Cow::Borrowed(text)))?;
        }
    }
    if !attributes.0.is_empty() {
        map.serialize_entry("attributes", attributes)?;
    }
    if dropped > 0 {
        map.serialize_entry("dropped_attributes_count", &dropped)?;
    }
    Ok(())
}
