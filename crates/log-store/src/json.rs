//! The text of JSON values, which is read without building a tree.

mod check;
mod members;

pub(crate) use check::{check, check_within};
pub(crate) use members::{Members, text_of};
