//! Keys: all of them, one, and making one.

mod actions;
mod fields;
mod list;
mod new;
mod one;
mod shown;
mod snippets;

pub(crate) use actions::{disable, enable, extend, finish, revoke, rotate};
pub(crate) use list::page;
pub(crate) use new::{form, issue};
pub(crate) use one::page as one;
