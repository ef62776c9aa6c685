//! Keys of the provider, for tests of what its programs do.

use crate::site::{Issued, Site};

impl Site {
    /// Issues a key of the provider with these scopes, separated by spaces.
    pub(crate) fn issue_to_provider(&self, scopes: &str) -> Issued {
        let scopes = scopes.split(' ').flat_map(|scope| ["--scope", scope]);
        let arguments: Vec<_> = ["provider-key", "issue"]
            .into_iter()
            .chain(scopes)
            .collect();
        let issued = self.admin_json(&arguments);
        let text = |member: &str| issued[member].as_str().unwrap().to_owned();
        Issued {
            id: text("key_id"),
            key: text("api_key"),
        }
    }
}
