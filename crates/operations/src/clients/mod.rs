//! Operations on clients.

mod change;
mod list;
mod order;
mod view;

pub use central_logger_client_records::{ClientPatch, Limit, PolicyPatch};
pub use change::{PolicyOfAll, PutClient, RemovedClient};
pub use list::{ClientFilter, ClientListing};
pub use order::{ClientCursor, ClientOrder, InvalidClientCursor, InvalidClientOrder};
pub use view::{ClientView, KeyCounts};
