//! The state of a key as the audit trail tells it.

use crate::record::{
    key_maker::KeyMaker, key_record::KeyRecord, provider_set::ProviderSet, rate_bucket::RateBucket,
    rate_limit::RateLimit,
};
use central_logger_client_records::{ETag, quota::Quota};
use central_logger_keys::{KeyEnvironment, KeyId, Networks, Scopes};
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset};

impl KeyRecord {
    /// Returns the version of the key. Its use does not change it.
    pub fn etag(&self) -> ETag {
        ETag::of([self.id.as_str(), &json(self)])
    }
}

/// The state of a record as JSON, without what its use alone changes.
pub(crate) fn json(record: &KeyRecord) -> String {
    #[derive(Serialize)]
    struct State<'a> {
        // The name of the key.
        client_name: &'a Option<String>,
        scopes: &'a Scopes,
        environment: KeyEnvironment,
        allowed_from: &'a Networks,
        rate_limit: Option<RateLimit>,
        #[serde(flatten)]
        quota: Quota,
        is_active: bool,
        is_weak: bool,
        #[serde(with = "time::serde::rfc3339")]
        created_at: OffsetDateTime,
        #[serde(with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
        #[serde(with = "time::serde::rfc3339::option")]
        grace_ends_at: Option<OffsetDateTime>,
        #[serde(with = "time::serde::rfc3339::option")]
        revoked_at: Option<OffsetDateTime>,
        revoked_reason: &'a Option<String>,
        note: &'a Option<String>,
        predecessor: &'a Option<KeyId>,
        // Programs that did not know these members have sealed states without them.
        #[serde(skip_serializing_if = "<[RateBucket]>::is_empty")]
        shared_rates: &'a [RateBucket],
        #[serde(skip_serializing_if = "Option::is_none")]
        made_by: Option<&'a KeyMaker>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pending_target: Option<&'a String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        provider_set: Option<ProviderSet>,
    }
    // As a store reads it back.
    let utc = |time: OffsetDateTime| time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
    let state = State {
        client_name: &record.name,
        scopes: &record.scopes,
        environment: record.environment,
        allowed_from: &record.allowed_from,
        rate_limit: record.rate_limit,
        quota: record.quota,
        is_active: record.is_active,
        is_weak: record.is_weak,
        created_at: utc(record.created_at),
        expires_at: record.expires_at.map(utc),
        grace_ends_at: record.grace_ends_at.map(utc),
        revoked_at: record.revoked_at.map(utc),
        revoked_reason: &record.revoked_reason,
        note: &record.note,
        predecessor: &record.predecessor,
        shared_rates: &record.shared_rates,
        made_by: Some(&record.made_by).filter(|maker| **maker != KeyMaker::Provider),
        pending_target: record.pending_target.as_ref(),
        // The provider has set everything, unless it is said otherwise.
        provider_set: Some(record.provider_set).filter(|set| *set != ProviderSet::all_of(record)),
    };
    serde_json::json!(state).to_string()
}
