//! Who asks, and what it may do.

use crate::{OperationRoutes, versions};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode, web};
use central_logger_auth::{Principal, ProviderPrincipal};
use central_logger_http_api::Problem;
use central_logger_key_store::{Actor, KeyMaker, KeyRecord};
use central_logger_keys::{ClientId, KeyId, KeyOwner};
use central_logger_operations::{
    Caller, Operations,
    rights::{ClientRights, ProviderRights},
};
use central_logger_sessions::Session;
use std::future::{Ready, ready};
use time::OffsetDateTime;

/// A client or a program of the provider, with the operations that it may ask for.
pub struct Asking {
    /// The operations, in the name of who asks.
    pub operations: Operations,
    /// What they work with.
    pub routes: web::Data<OperationRoutes>,
    /// The client, if it is one.
    pub client: Option<ClientId>,
    /// The id of its key, or of its session.
    pub principal: KeyId,
}

impl Asking {
    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        self.routes.clock.now()
    }

    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let routes = request.app_data::<web::Data<OperationRoutes>>().cloned();
        let (Some(routes), Some(caller), Some(principal)) =
            (routes, caller(request), principal(request))
        else {
            tracing::error!("a handler of operations was reached without a caller");
            let detail = "The request cannot be served: the server's log says why";
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail));
        };
        let client = match &caller {
            Caller::Client { rights, .. } => Some(rights.client.clone()),
            _ => None,
        };
        let operations = routes.operations(caller);
        let operations = match session(request) {
            Some(session) => operations.in_session(session),
            None => operations,
        };
        Ok(Self {
            operations: match versions::asked_for(request) {
                Some(versions) => operations.if_match(versions),
                None => operations,
            },
            routes,
            client,
            principal,
        })
    }
}

fn principal(request: &HttpRequest) -> Option<KeyId> {
    let found = request.extensions();
    let (record, session) = match found.get::<ProviderPrincipal>() {
        Some(of_provider) => (of_provider.record(), of_provider.session()),
        None => {
            let of_client = found.get::<Principal>()?;
            (of_client.record(), of_client.session())
        }
    };
    Some(session.map_or(&record.id, |session| &session.id).clone())
}

/// The id of the session, if the request is of a person.
fn session(request: &HttpRequest) -> Option<KeyId> {
    let found = request.extensions();
    let session = match found.get::<ProviderPrincipal>() {
        Some(of_provider) => of_provider.session(),
        None => found.get::<Principal>()?.session(),
    };
    session.map(|session| session.id.clone())
}

fn caller(request: &HttpRequest) -> Option<Caller> {
    let found = request.extensions();
    let from_here = |actor: Actor| match network(request) {
        Some(network) => actor.from_network(&network),
        None => actor,
    };
    if let Some(of_provider) = found.get::<ProviderPrincipal>() {
        return Some(Caller::ProviderKey {
            actor: from_here(of_provider.actor()),
            rights: ProviderRights {
                maker: maker(of_provider.record(), of_provider.session()),
                scopes: of_provider.scopes().clone(),
            },
        });
    }
    let principal = found.get::<Principal>()?;
    Some(Caller::Client {
        actor: from_here(principal.actor()),
        rights: rights(principal)?,
    })
}

/// What a caller may do with keys: the one place that says so.
fn rights(principal: &Principal) -> Option<ClientRights> {
    let (record, session) = (principal.record(), principal.session());
    let rights = ClientRights::of_key(record)?;
    Some(ClientRights {
        // What a person makes outlives the time for which the person is signed in.
        ends_at: rights
            .ends_at
            .filter(|_| beside_keys(record, session).is_none()),
        maker: maker(record, session),
        ..rights
    })
}

/// Who makes keys: the key, also that of a session that came from one of the same owner. What others make goes
/// with the key of the provider that has let them in, if one has.
fn maker(record: &KeyRecord, session: Option<&Session>) -> KeyMaker {
    match beside_keys(record, session) {
        None => KeyMaker::Key(record.id.clone()),
        Some(session) if session.owner == KeyOwner::Provider => KeyMaker::Provider,
        Some(session) => KeyMaker::Session {
            id: session.id.clone(),
            key: session.key_id.clone().map(Box::new),
        },
    }
}

/// The session, if it came from no key of its owner: such a session has a record of its own.
fn beside_keys<'a>(record: &KeyRecord, session: Option<&'a Session>) -> Option<&'a Session> {
    session.filter(|session| record.id == session.id)
}

/// Returns the network that a request comes from, if it is known.
pub fn network(request: &HttpRequest) -> Option<String> {
    let routes = request.app_data::<web::Data<OperationRoutes>>()?;
    let peer = request.peer_addr().map(|address| address.ip());
    let forwarded = request.headers().get_all("x-forwarded-for");
    let proxies = routes.authenticator.trusted_proxies();
    let origin = proxies.origin(peer, forwarded.map(|value| value.as_bytes()));
    origin.network()
}

impl FromRequest for Asking {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
