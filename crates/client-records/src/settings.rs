//! What a provider sets for clients, as texts. The store keeps, audits and feeds them; what they mean is
//! known where they are used.

use central_logger_keys::ClientId;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::collections::BTreeMap;

/// How long logs are kept, as it was set: for single clients, and for all that have no value of their
/// own.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::settings::{ClientSettings, SettingChange};
///
/// let mut settings = ClientSettings::default();
/// settings.apply(&SettingChange { client_id: None, value: Some("90d".to_owned()) });
/// assert_eq!(settings.of(&"acme_corp".parse()?), Some("90d"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientSettings {
    /// The value for clients that have none of their own.
    pub for_all: Option<String>,
    /// The values of single clients.
    pub clients: BTreeMap<ClientId, String>,
}

/// A value that is to hold from now on.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::settings::SettingChange;
///
/// let client_id = Some("acme_corp".parse()?);
/// let change = SettingChange { client_id, value: None }; // as for all
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// Whose it is; `None` for that of all clients without one of their own.
    pub client_id: Option<ClientId>,
    /// The value; `None` to have none.
    pub value: Option<String>,
}

/// What the audit trail says of all clients while nothing is set for them.
pub const UNSET: &str = "forever";

impl ClientSettings {
    /// Returns what holds for a client.
    pub fn of(&self, client: &ClientId) -> Option<&str> {
        let own = self.clients.get(client).map(String::as_str);
        own.or(self.for_all.as_deref())
    }

    /// Returns what is set, that for all clients first.
    pub fn values(&self) -> impl Iterator<Item = Option<&str>> {
        let own = self.clients.values().map(|value| Some(value.as_str()));
        std::iter::once(self.for_all.as_deref()).chain(own)
    }

    /// Makes a change.
    pub fn apply(&mut self, change: &SettingChange) {
        match (&change.client_id, change.value.clone()) {
            (None, value) => self.for_all = value.filter(|value| value != UNSET),
            (Some(client), Some(value)) => drop(self.clients.insert(client.clone(), value)),
            (Some(client), None) => drop(self.clients.remove(client)),
        }
    }

    /// Returns what the audit trail says of a client, or of all.
    pub fn said_of(&self, client: Option<&ClientId>) -> Option<&str> {
        match client {
            None => Some(self.for_all.as_deref().unwrap_or(UNSET)),
            Some(client) => self.clients.get(client).map(String::as_str),
        }
    }
}

/// As the audit trail has it.
impl Serialize for ClientSettings {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut members = to.serialize_struct("ClientSettings", 2)?;
        members.serialize_field("for_all", &self.said_of(None))?;
        members.serialize_field("clients", &self.clients)?;
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_its_own_value_or_that_of_all() {
        let (acme, widget) = ("acme".parse().unwrap(), "widget".parse().unwrap());
        let mut settings = ClientSettings::default();
        let mut set = |client_id: Option<&ClientId>, value: Option<&str>| {
            settings.apply(&SettingChange {
                client_id: client_id.cloned(),
                value: value.map(str::to_owned),
            });
            let of = |client| settings.of(client).map(str::to_owned);
            (of(&acme), of(&widget))
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(set(None, Some("90d")), (text("90d"), text("90d")));
        assert_eq!(set(Some(&acme), Some("7d")), (text("7d"), text("90d")));
        assert_eq!(set(None, Some(UNSET)), (text("7d"), None));
        assert_eq!(set(Some(&acme), None), (None, None));
        assert_eq!(settings, ClientSettings::default());
    }

    #[test]
    fn it_is_written_as_the_audit_trail_has_it() {
        let json = |settings: &ClientSettings| serde_json::to_string(settings).unwrap();
        let mut settings = ClientSettings::default();
        assert_eq!(json(&settings), r#"{"for_all":"forever","clients":{}}"#);
        settings.for_all = Some("90d".to_owned());
        settings
            .clients
            .insert("acme".parse().unwrap(), "7d".to_owned());
        let text = r#"{"for_all":"90d","clients":{"acme":"7d"}}"#;
        assert_eq!(json(&settings), text);
    }
}
