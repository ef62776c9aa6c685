use central_logger_key_store::{NewKey, RateLimit};
use central_logger_keys::{ClientId, KeyEnvironment, Networks, Scopes};
use central_logger_text::PlainText;
use central_logger_times::Timestamp;

/// A key that is asked for. What it leaves out is as usual for a key that the provider makes, and as with
/// the maker for a key that a client makes.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    /// The client that the key is to belong to.
    pub client_id: ClientId,
    /// The name of the key, for people.
    pub name: Option<PlainText>,
    /// What the key is to allow.
    pub scopes: Option<Scopes>,
    /// The label.
    pub environment: KeyEnvironment,
    /// When the key expires. The end of a client's key may come earlier.
    pub expires_at: Option<Timestamp>,
    /// How often the key may be used.
    pub rate: Option<RateLimit>,
    /// The networks that the key is accepted from.
    pub allow_ip: Option<Networks>,
    /// A remark.
    pub note: Option<PlainText>,
}

impl KeyRequest {
    /// Asks for a key without naming anything.
    pub fn for_client(client_id: ClientId) -> Self {
        Self {
            client_id,
            name: None,
            scopes: None,
            environment: KeyEnvironment::Live,
            expires_at: None,
            rate: None,
            allow_ip: None,
            note: None,
        }
    }

    /// Returns the key as the provider makes it.
    pub fn into_new_key(self) -> NewKey {
        NewKey {
            name: self.name,
            scopes: self.scopes.unwrap_or_default(),
            environment: self.environment,
            allowed_from: self.allow_ip.unwrap_or_default(),
            rate_limit: self.rate,
            expires_at: self.expires_at,
            note: self.note,
            ..NewKey::for_client(self.client_id)
        }
    }
}
