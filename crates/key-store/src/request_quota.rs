use central_logger_keys::ClientId;
use serde::Serialize;
use std::num::NonZeroU32;

/// How many requests all keys of a client together may make; by default any number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RequestQuota {
    /// In a day, which begins at midnight UTC.
    #[serde(rename = "requests_per_day")]
    pub per_day: Option<NonZeroU32>,
    /// In a month, which begins on its first day at midnight UTC.
    #[serde(rename = "requests_per_month")]
    pub per_month: Option<NonZeroU32>,
}

/// A quota that a client is to have from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientQuota {
    /// Which client.
    pub client_id: ClientId,
    /// The quota.
    pub quota: RequestQuota,
}
