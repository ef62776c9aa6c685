//! Results as text for people.

mod alerts;
mod audit;
mod doctor;
mod keys;
mod minute;
#[cfg(test)]
mod tests;
mod usage;

pub(crate) use alerts::{acknowledged, alert_line, alert_table};
pub(crate) use audit::{audit_table, verdict};
pub(crate) use doctor::check_lines;
pub(crate) use keys::{key_lines, key_table, relative_line, unreadable_line};
pub(crate) use minute::{minute, minute_or};
pub(crate) use usage::{usage_line, usage_table};
