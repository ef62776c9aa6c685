#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod error;
mod query;
mod view;
mod views;

pub use error::SavedViewError;
pub use query::ViewQuery;
pub use view::SavedView;
pub use views::SavedViews;
