use crate::{Allowances, Refusal, cached_key::CachedKey};
use central_logger_key_store::{Actor, ActorKind, KeyRecord};
use central_logger_sessions::Session;
use central_logger_text::PlainText;
use std::sync::Arc;

/// What is made of a key, or of a session, that was let through.
pub(crate) trait Admitted: Sized {
    /// Who owns such a key.
    type Owner;

    /// The owner of a key, if the key is of the right kind.
    fn owner(record: &KeyRecord) -> Result<Self::Owner, Refusal>;

    fn admitted(grant: Grant, owner: Self::Owner) -> Self;

    /// What is known about the key.
    fn key_record(&self) -> &KeyRecord;
}

/// What a request was let through with.
#[derive(Clone)]
pub(crate) struct Grant {
    /// The key, or a record of the rights that a session has.
    pub(crate) key: Arc<CachedKey>,
    pub(crate) allowances: Allowances,
    /// The session that it was, if it was no key.
    pub(crate) session: Option<Arc<Session>>,
}

impl Grant {
    /// Who it is, for the audit trail: a key of this kind, or the person of a session.
    pub(crate) fn actor(&self, of_key: ActorKind) -> Actor {
        let record = &self.key.record;
        match &self.session {
            Some(session) => {
                let name = session.name.as_ref().map(PlainText::as_str);
                let id = Some(session.id.as_str());
                Actor::of(ActorKind::Session, id, name.unwrap_or_default())
            }
            None => {
                let name = record.name.as_deref().unwrap_or(record.id.as_str());
                Actor::of(of_key, Some(record.id.as_str()), name)
            }
        }
    }
}
