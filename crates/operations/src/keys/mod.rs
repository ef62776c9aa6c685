//! Operations on keys.

mod import;
mod issue;
mod list;
mod rotate;
mod show;
mod switch;
mod view;
mod withdraw;

pub use import::{Import, ImportOptions, ImportOutcome, ImportReport, ImportedKey};
pub use issue::Issued;
pub use list::{KeyFilter, KeyListing};
pub use rotate::Successor;
pub use show::KeyDetails;
pub use switch::Switched;
pub use view::{KeyView, UnreadableView};
pub use withdraw::Revoked;
