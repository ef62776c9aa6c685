//! One file for each command.

mod alerts;
mod audit;
mod completions;
mod confirm;
mod doctor;
mod generate;
mod import;
mod issue;
mod list;
mod migrate;
mod quota;
mod retention;
mod revoke;
mod rotate;
mod show;
mod static_keys;
mod switch;
mod usage;
mod wait;

pub(crate) use alerts::alerts;
pub(crate) use audit::audit;
pub(crate) use completions::completions;
pub(crate) use doctor::doctor;
pub(crate) use generate::generate;
pub(crate) use import::import;
pub(crate) use issue::issue;
pub(crate) use list::list;
pub(crate) use migrate::migrate;
pub(crate) use quota::quota;
pub(crate) use retention::retention;
pub(crate) use revoke::revoke;
pub(crate) use rotate::rotate;
pub(crate) use show::show;
pub(crate) use switch::{disable, enable};
pub(crate) use usage::usage;
