//! Results as text for people.

mod alerts;
mod audit;
mod clients;
mod doctor;
mod intake;
mod keys;
mod minute;
mod provider_keys;
mod reveal_links;
mod sessions;
#[cfg(test)]
mod tests;
mod usage;
mod workflows;

pub(crate) use alerts::{acknowledged, alert_line, alert_table};
pub(crate) use audit::{audit_table, verdict};
pub(crate) use clients::{client_lines, client_table, policy_lines};
pub(crate) use doctor::check_lines;
pub(crate) use intake::{mapping_lines, new_mapping, trial_text};
pub(crate) use keys::{key_lines, key_table, relative_line, unreadable_line};
pub(crate) use minute::{minute, minute_or};
pub(crate) use provider_keys::{new_provider_key, provider_key_table};
pub(crate) use reveal_links::reveal_link_table;
pub(crate) use sessions::session_table;
pub(crate) use usage::{usage_line, usage_table};
pub(crate) use workflows::{incident_table, monitor_lines, workflow_lines, workflow_table};
