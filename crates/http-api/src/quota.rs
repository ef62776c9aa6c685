//! What a caller may store.

use central_logger_auth::Principal;
use central_logger_key_store::quota::QuotaDimension;
use central_logger_tenant_logs::IngestQuota;
use std::num::NonZeroU64;

/// Returns the quota of the caller's client on what it stores in a day.
pub fn ingest_quota(caller: &Principal) -> IngestQuota {
    let quota = caller.quota();
    let limit = |dimension| quota.limit(dimension).map(NonZeroU64::get);
    IngestQuota {
        entries: limit(QuotaDimension::EntriesPerDay),
        bytes: limit(QuotaDimension::BytesPerDay),
    }
}
