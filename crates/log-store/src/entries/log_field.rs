use serde::Serialize;

/// A field that entries are filtered and counted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogField {
    /// The status.
    #[default]
    Status,
    /// The environment.
    Environment,
    /// The workflow, which an entry may lack.
    Workflow,
}

impl LogField {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Status, Self::Environment, Self::Workflow];

    /// Returns the name of the member, which is also that of the parameter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Environment => "environment",
            Self::Workflow => "workflow",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}
