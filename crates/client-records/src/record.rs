use crate::PolicySettings;
use central_logger_keys::{ClientId, Scopes};
use serde::Serialize;
use time::OffsetDateTime;

/// What the provider has recorded of a client.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::ClientRecord;
/// use central_logger_times::{Clock, SystemClock};
///
/// let record = ClientRecord::new("acme_corp".parse()?, SystemClock.now());
/// assert_eq!((record.name, record.policy.self_service), (None, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientRecord {
    /// The client.
    #[serde(skip)]
    pub id: ClientId,
    /// The name, for people.
    pub name: Option<String>,
    /// The id that another system of the provider has for the client. No two clients have the same.
    pub external_id: Option<String>,
    /// The address that mail for the client goes to.
    pub mail: Option<String>,
    /// Where its keys are handed over to, as a target is written.
    // Programs that did not know it have left it out of the audit trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver: Option<String>,
    /// What is written there, with `{key}` in it; the key alone unless this is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver_template: Option<String>,
    /// What people of the client may do who sign in by mail; to read logs unless this is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_scopes: Option<Scopes>,
    /// What is set of the policy for this client.
    pub policy: PolicySettings,
    /// When the client was first recorded.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl ClientRecord {
    /// A record with nothing but the id.
    pub fn new(id: ClientId, created_at: OffsetDateTime) -> Self {
        Self {
            id,
            name: None,
            external_id: None,
            mail: None,
            deliver: None,
            deliver_template: None,
            mail_scopes: None,
            policy: PolicySettings::default(),
            created_at,
        }
    }

    /// Returns the record as the audit trail has it.
    pub fn as_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}
