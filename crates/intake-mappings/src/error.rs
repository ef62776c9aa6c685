use central_logger_intake::{InvalidRules, Refusal, RuleField};
use central_logger_workflows::WorkflowStoreError;

/// Error returned when something about mappings cannot be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// The store is not available or fails.
    #[error("the store of mappings failed")]
    Store(#[from] WorkflowStoreError),
    /// The rules are none.
    #[error(transparent)]
    Rules(#[from] InvalidRules),
    /// The sample cannot be read by its protocol.
    #[error("the sample cannot be read: {0}")]
    Sample(Refusal),
    /// Rules find nothing in the sample.
    #[error("the sample has nothing that {} from: the mapping was not changed", come(.0))]
    WithoutEffect(Vec<RuleField>),
    /// The client has as many mappings as one may have.
    #[error(
        "a client has at most {} mappings: remove one first",
        crate::Mappings::MOST
    )]
    TooMany,
    /// Others change the same at every attempt.
    #[error("too many others change this at the same time: try again")]
    Contended,
    /// A document that cannot be read, perhaps of a newer program.
    #[error("the mapping {name} cannot be read")]
    Unreadable {
        /// Its name.
        name: String,
        /// Why it cannot.
        source: serde_json::Error,
    },
    /// A document that cannot be written.
    #[error("the mapping cannot be written")]
    Unwritable(#[source] serde_json::Error),
    /// The operating system has no random bytes.
    #[error("the operating system has no random bytes")]
    NoRandomness,
}

impl MappingError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Contended => true,
            _ => false,
        }
    }
}

/// `status or workflow could come`.
fn come(fields: &[RuleField]) -> String {
    let names: Vec<_> = fields.iter().map(|field| field.as_str()).collect();
    format!("{} could come", names.join(" or "))
}
