use central_logger_key_store::Actor;

/// Who asks for an operation. What a caller may do is decided by its kind, here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caller {
    /// The provider, who may do everything. The audit trail names the actor.
    Provider(Actor),
}

impl Caller {
    /// Returns the name under which the audit trail and acknowledgements record the caller.
    pub(crate) fn actor(&self) -> &Actor {
        match self {
            Self::Provider(actor) => actor,
        }
    }
}
