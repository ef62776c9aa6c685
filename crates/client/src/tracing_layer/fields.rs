//! Fields of events and spans.

use crate::entry::Entry;
use serde_json::Value;
use std::{error::Error, fmt::Debug};
use tracing::field::{Field, Visit};

/// Names that have a meaning for the server, and that a span or an event may not set.
const RESERVED: [&str; 9] = [
    "message",
    "status",
    "environment",
    "executed_at",
    "event_id",
    "id",
    "client_id",
    "received_at",
    "spans",
];
/// Among them, those that an event may set with a text.
const KNOWN: [&str; 3] = ["message", "status", "environment"];

#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// Sets the members that an event alone decides.
    pub(super) fn add_known(&self, entry: &mut Entry) {
        for (name, value) in &self.0 {
            if KNOWN.contains(name) && value.is_string() {
                entry.set((*name).into(), value);
            }
        }
    }

    /// Sets all other members.
    pub(super) fn add(&self, entry: &mut Entry) {
        for (name, value) in &self.0 {
            if KNOWN.contains(name) && value.is_string() {
                continue;
            }
            match RESERVED.contains(name) {
                true => entry.set(format!("field.{name}").into(), value),
                false => entry.set((*name).into(), value),
            }
        }
    }

    fn put(&mut self, field: &Field, value: Value) {
        let name = field.name();
        let name = name.strip_prefix("r#").unwrap_or(name);
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no other numbers.
        let number = serde_json::Number::from_f64(value).map(Value::Number);
        self.put(
            field,
            number.unwrap_or_else(|| Value::String(value.to_string())),
        );
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, value.to_string().into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, value.to_string().into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        self.put(field, text.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}").into());
    }
}
