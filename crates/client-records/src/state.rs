use crate::{
    ClientRecord, ETag, Patch, PolicyPatch,
    quota::{Quota, QuotaUpdate},
};
use central_logger_keys::{ClientId, Scopes};
use central_logger_text::PlainText;
use time::OffsetDateTime;

/// All that the provider has set for a client.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{ClientPatch, ClientState, Patch};
/// use central_logger_times::{Clock, SystemClock};
///
/// let unknown = ClientState::new("acme_corp".parse()?);
/// let patch = ClientPatch { name: Patch::Set("Acme Corp.".parse()?), ..ClientPatch::default() };
/// let named = patch.applied_to(&unknown, SystemClock.now());
/// assert_eq!(named.name(), Some("Acme Corp."));
/// assert_ne!(named.etag(), unknown.etag());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientState {
    /// The client.
    pub id: ClientId,
    /// What is recorded of it; nothing of a client that merely has keys or logs.
    pub record: Option<ClientRecord>,
    /// The quota.
    pub quota: Quota,
    /// How long its logs are kept, if not as those of all.
    pub keep: Option<String>,
}

/// A change of what is set for a client. What is kept stays as it is.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{ClientPatch, Patch};
///
/// let mail = Patch::Set("keys@acme.example".parse()?);
/// let patch = ClientPatch { mail, external_id: Patch::Clear, ..ClientPatch::default() };
/// assert_eq!(patch.name, Patch::Keep);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientPatch {
    /// The name, for people.
    pub name: Patch<PlainText>,
    /// The id that another system of the provider has for the client.
    pub external_id: Patch<PlainText>,
    /// The address that mail for the client goes to.
    pub mail: Patch<PlainText>,
    /// Where its keys are handed over to.
    pub deliver: Patch<PlainText>,
    /// What is written there.
    pub deliver_template: Patch<String>,
    /// What people of the client may do who sign in by mail.
    pub mail_scopes: Patch<Scopes>,
    /// The policy.
    pub policy: PolicyPatch,
    /// The quota.
    pub quota: QuotaUpdate,
    /// How long its logs are kept.
    pub keep: Patch<String>,
}

impl ClientState {
    /// Nothing is set for a client.
    pub fn new(id: ClientId) -> Self {
        Self {
            id,
            record: None,
            quota: Quota::default(),
            keep: None,
        }
    }

    /// Returns the name of the client, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.record.as_ref()?.name.as_deref()
    }

    /// Returns the version of all of this.
    pub fn etag(&self) -> ETag {
        let record = self.record.as_ref().map(ClientRecord::as_json);
        let quota = serde_json::json!(self.quota).to_string();
        let keep = self.keep.as_deref();
        let record = record.as_deref();
        ETag::of([
            self.id.as_str(),
            record.unwrap_or_default(),
            &quota,
            keep.unwrap_or_default(),
        ])
    }
}

impl ClientPatch {
    /// Returns the state as it is to be. A client without a record gets one.
    pub fn applied_to(&self, present: &ClientState, now: OffsetDateTime) -> ClientState {
        let new = || ClientRecord::new(present.id.clone(), now);
        let before = present.record.clone().unwrap_or_else(new);
        let text = |patch: &Patch<PlainText>, present: Option<String>| {
            let text = match patch {
                Patch::Keep => Patch::Keep,
                Patch::Clear => Patch::Clear,
                Patch::Set(text) => Patch::Set(text.as_str().to_owned()),
            };
            text.applied_to(present)
        };
        ClientState {
            id: present.id.clone(),
            quota: self.quota.applied_to(present.quota),
            keep: self.keep.clone().applied_to(present.keep.clone()),
            record: Some(ClientRecord {
                name: text(&self.name, before.name),
                external_id: text(&self.external_id, before.external_id),
                mail: text(&self.mail, before.mail),
                deliver: text(&self.deliver, before.deliver),
                deliver_template: self
                    .deliver_template
                    .clone()
                    .applied_to(before.deliver_template),
                mail_scopes: self.mail_scopes.clone().applied_to(before.mail_scopes),
                policy: self.policy.applied_to(&before.policy),
                ..before
            }),
        }
    }
}
