//! Operations on keys.

mod hand_over;
mod import;
mod issue;
mod list;
mod owner;
mod page;
mod provider;
mod reach;
mod request;
mod rotate;
mod show;
mod switch;
mod update;
mod view;
mod withdraw;

pub use hand_over::HandedOver;
pub use import::{Import, ImportOptions, ImportOutcome, ImportReport, ImportedKey};
pub use issue::Issued;
pub use list::{KeyFilter, KeyListing};
pub use page::KeyPage;
pub use provider::NewProviderKey;
pub use request::KeyRequest;
pub use rotate::Successor;
pub use show::KeyDetails;
pub use switch::Switched;
pub use view::{KeyView, UnreadableView};
pub use withdraw::Revoked;
