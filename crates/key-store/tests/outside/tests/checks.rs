//! The stores in memory, as if they were made elsewhere.

use central_logger_key_activity::{MemoryActivity, alert_checks, usage_checks};
use central_logger_key_store::{MemoryKeys, key_admin_checks};

async fn keys() -> (MemoryKeys, ()) {
    (MemoryKeys::new(), ())
}

key_admin_checks!(keys);

async fn activity() -> (MemoryActivity, ()) {
    (MemoryActivity::new(), ())
}

usage_checks!(activity);
alert_checks!(activity);
