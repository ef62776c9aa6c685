use serde::Serialize;

/// One value that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The place of the entry in the array that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The name of the member or parameter.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Fault {
    /// What is wrong with a parameter that a call does not know.
    pub(crate) const UNKNOWN_PARAMETER: &str = "is no parameter of this call";

    /// What is wrong with a value that is not in an array.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            index: None,
            field: field.into(),
            message: message.into(),
        }
    }
}
