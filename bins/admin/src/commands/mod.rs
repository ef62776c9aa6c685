//! One file for each command.

mod doctor;
mod generate;
mod import;
mod issue;
mod list;
mod migrate;
mod revoke;
mod show;

pub(crate) use doctor::doctor;
pub(crate) use generate::generate;
pub(crate) use import::import;
pub(crate) use issue::issue;
pub(crate) use list::list;
pub(crate) use migrate::migrate;
pub(crate) use revoke::revoke;
pub(crate) use show::show;
