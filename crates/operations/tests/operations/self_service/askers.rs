//! Who asks for a change: a key, a session that came from it, or a person who has signed in by a link.

use super::stores::Site;
use central_logger_key_store::{KeyMaker, KeyRecord, RateBucket};
use central_logger_keys::{ClientId, KeyId, Networks, Scopes};
use central_logger_operations::Operations;
use time::OffsetDateTime;

/// Who asks, and what the rules go by.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) operations: Operations,
    pub(crate) client: ClientId,
    pub(crate) scopes: Scopes,
    pub(crate) networks: Networks,
    /// The limits that what is made counts in.
    pub(crate) rates: Vec<RateBucket>,
    pub(crate) end: Option<OffsetDateTime>,
    /// Who makes what is made.
    pub(crate) maker: KeyMaker,
}

impl Asker {
    pub(crate) fn key(site: &Site, key: &KeyRecord) -> Self {
        Self {
            operations: site.by(key),
            client: key.client().unwrap().clone(),
            scopes: key.scopes.clone(),
            networks: key.allowed_from.clone(),
            rates: key.rates_to_share(),
            end: key.ends_at(),
            maker: KeyMaker::Key(key.id.clone()),
        }
    }

    /// Somebody in a session that came from the key, who may as much, though the session ends sooner.
    pub(crate) async fn session_of(site: &Site, key: &KeyRecord) -> Self {
        let client = key.client().unwrap().clone();
        let session = site.sign_in_as(client, key.scopes.clone(), Some(&key.id));
        Self {
            operations: site.by_session_of(key, &session.await),
            ..Self::key(site, key)
        }
    }

    /// Somebody who has signed in by a link, of a key of the provider if one is named.
    pub(crate) async fn person(
        site: &Site,
        client: ClientId,
        scopes: Scopes,
        by: Option<&KeyId>,
    ) -> Self {
        let session = site.sign_in_as(client.clone(), scopes.clone(), by).await;
        Self {
            operations: site.by_person(&session),
            client,
            scopes,
            networks: Networks::default(),
            rates: Vec::new(),
            end: None,
            maker: KeyMaker::Session {
                id: session.id,
                key: session.key_id.map(Box::new),
            },
        }
    }
}
