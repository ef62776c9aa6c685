//! A provider and its clients, over each store.
#![allow(unreachable_pub)]

pub use central_logger_client_records::ClientPolicy;
use central_logger_client_records::{Limit, Patch, PolicyPatch};
use central_logger_database::{Database, open};
use central_logger_hash_pool::HashPool;
use central_logger_key_activity::MemoryActivity;
use central_logger_key_store::{
    Actor, ActorKind, KeyAdmin, KeyMaker, KeyRecord, MemoryKeys, NewKey,
};
use central_logger_keyring::Rotation;
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyPrefix, Networks, Scope, Scopes};
use central_logger_log_store::MemoryLogs;
use central_logger_operations::{
    Caller, OperationError, Operations, Stores,
    keys::KeyRequest,
    rights::{ClientRights, ProviderRights},
};
use central_logger_postgres::testing::new_database;
use central_logger_sessions::{
    MemorySessions, Session, SessionLengths, SessionStore, SessionToken,
};
use central_logger_times::{Clock, ManualClock};
use std::sync::Arc;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};

pub const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
pub const ACME: &str = "acme_corp";

/// Declares tests that run once on each store.
macro_rules! on_each_store {
    ($($test:ident,)*) => {
        mod memory {
            $(#[tokio::test] async fn $test() { super::$test(crate::self_service::stores::Site::in_memory()).await; })*
        }
        mod sqlite {
            $(#[tokio::test] async fn $test() { super::$test(crate::self_service::stores::Site::on_sqlite().await).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $test() { super::$test(crate::self_service::stores::Site::on_postgres().await).await; })*
        }
    };
}

pub struct Site {
    keys: Arc<dyn KeyAdmin>,
    pub sessions: Arc<dyn SessionStore>,
    pub clock: Arc<ManualClock>,
    hashes: HashPool,
    _database: Option<Arc<dyn Database>>,
    _directory: Option<TempDir>,
}

impl Site {
    pub fn in_memory() -> Self {
        let sessions = Arc::new(MemorySessions::new());
        Self::over(Arc::new(MemoryKeys::new()), sessions, None, None)
    }

    pub async fn on_sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("keys.db").display());
        Self::on(&url, Some(directory)).await
    }

    pub async fn on_postgres() -> Self {
        Self::on(&new_database().await, None).await
    }

    async fn on(url: &str, directory: Option<TempDir>) -> Self {
        let database = open(url).await.unwrap();
        database.migrate().await.unwrap();
        let (keys, sessions) = (database.keys(), database.sessions());
        Self::over(keys, sessions, Some(database), directory)
    }

    fn over(
        keys: Arc<dyn KeyAdmin>,
        sessions: Arc<dyn SessionStore>,
        database: Option<Arc<dyn Database>>,
        directory: Option<TempDir>,
    ) -> Self {
        Self {
            keys,
            sessions,
            clock: Arc::new(ManualClock::new(NOW)),
            hashes: HashPool::new(KeyHasher::new()),
            _database: database,
            _directory: directory,
        }
    }

    pub async fn set_policy(&self, policy: ClientPolicy) {
        let seconds = |time: Duration| format!("{}s", time.whole_seconds()).parse().unwrap();
        let longest = policy.max_lifetime.map(seconds).map(Limit::AtMost);
        let most = policy.max_keys.map(Limit::AtMost);
        let patch = PolicyPatch {
            self_service: Patch::Set(policy.self_service),
            max_keys: Patch::Set(most.unwrap_or(Limit::Unlimited)),
            max_lifetime: Patch::Set(longest.unwrap_or(Limit::Unlimited)),
            require_expiry: Patch::Set(policy.require_expiry),
            renewable: Patch::Set(policy.renewable),
            on_leak: Patch::Keep,
        };
        let set = self.provider().set_policy_of_all(&patch).await;
        let _ = set.unwrap().not_waiting();
    }

    fn operations(&self, caller: Caller) -> Operations {
        self.operations_over(self.sessions.clone(), caller)
    }

    fn operations_over(&self, sessions: Arc<dyn SessionStore>, caller: Caller) -> Operations {
        let stores = Stores {
            keys: self.keys.clone(),
            activity: Arc::new(MemoryActivity::new()),
            logs: Arc::new(MemoryLogs::new()),
            sessions,
        };
        Operations::new(stores, self.hashes.clone(), self.clock.clone(), caller)
    }

    /// What the provider does on a host.
    pub fn provider(&self) -> Operations {
        self.operations(Caller::Provider(Actor::new("alice@ops")))
    }

    /// What a request with a key of a client does.
    pub fn by(&self, key: &KeyRecord) -> Operations {
        let actor = Actor::of(ActorKind::Key, Some(key.id.as_str()), "a key");
        let rights = ClientRights::of_key(key).unwrap();
        self.operations(Caller::Client { actor, rights })
    }

    /// What a request with a key of the provider does.
    pub fn by_provider_key(&self, key: &KeyRecord) -> Operations {
        let actor = Actor::of(ActorKind::ProviderKey, Some(key.id.as_str()), "a key");
        let rights = ProviderRights {
            maker: KeyMaker::Key(key.id.clone()),
            scopes: key.scopes.clone(),
        };
        self.operations(Caller::ProviderKey { actor, rights })
    }

    /// A person of the client who has signed in by a link, of a key of the provider if one is named.
    pub async fn sign_in(&self, by: Option<&KeyId>) -> Session {
        let all = Scope::OWN.into_iter().collect();
        self.sign_in_as(client(ACME), all, by).await
    }

    /// A person who has signed in, by a link or with a key.
    pub async fn sign_in_as(
        &self,
        client: ClientId,
        scopes: Scopes,
        by: Option<&KeyId>,
    ) -> Session {
        let id = KeyId::generate().unwrap();
        let (now, lengths) = (self.clock.now(), SessionLengths::default());
        let mut session = Session::beginning(id, client.into(), scopes, now, lengths);
        session.key_id = by.cloned();
        let token = SessionToken::generate().unwrap().hash();
        self.sessions.add(&session, &token, None).await.unwrap();
        session
    }

    /// What a request does in a session that came from this key.
    pub fn by_session_of(&self, key: &KeyRecord, session: &Session) -> Operations {
        let actor = Actor::of(ActorKind::Session, Some(session.id.as_str()), "Alice");
        let rights = ClientRights {
            ends_at: Some(session.ends_at),
            ..ClientRights::of_key(key).unwrap()
        };
        self.operations(Caller::Client { actor, rights })
            .in_session(session.id.clone())
    }

    /// What a request of such a person does.
    pub fn by_person(&self, session: &Session) -> Operations {
        self.by_person_over(self.sessions.clone(), session)
    }

    pub fn by_person_over(&self, sessions: Arc<dyn SessionStore>, session: &Session) -> Operations {
        let actor = Actor::of(ActorKind::Session, Some(session.id.as_str()), "Alice");
        let rights = ClientRights {
            client: session.owner.client().unwrap().clone(),
            maker: KeyMaker::Session {
                id: session.id.clone(),
                key: session.key_id.clone().map(Box::new),
            },
            scopes: session.scopes.clone(),
            networks: Networks::default(),
            rates: Vec::new(),
            ends_at: None,
        };
        self.operations_over(sessions, Caller::Client { actor, rights })
            .in_session(session.id.clone())
    }

    pub async fn issue(&self, new: NewKey) -> KeyRecord {
        let issued = self.provider().issue(&KeyPrefix::default(), new).await;
        issued.unwrap().result.record
    }

    pub async fn show(&self, id: &KeyId) -> KeyRecord {
        self.keys.find(id).await.unwrap().unwrap().record
    }
}

pub fn client(text: &str) -> ClientId {
    text.parse().unwrap()
}

pub fn scopes(text: &str) -> Scopes {
    text.parse().unwrap()
}

/// A key that may do all that a client's key may.
pub fn manager() -> NewKey {
    NewKey {
        scopes: Scope::OWN.into_iter().collect(),
        ..NewKey::for_client(client(ACME))
    }
}

pub fn asked() -> KeyRequest {
    KeyRequest::for_client(client(ACME))
}

pub fn with_grace(grace: Duration) -> Rotation {
    Rotation {
        grace,
        expires_at: None,
    }
}

#[track_caller]
pub fn code<T>(result: Result<T, OperationError>) -> &'static str {
    match result {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error.code(),
    }
}

/// What became of it, by the code of the error.
pub fn outcome<T>(result: Result<T, OperationError>) -> Result<(), &'static str> {
    result.map(drop).map_err(|error| error.code())
}
