//! Badges and status pages, which whoever knows their address sees.

use crate::{
    Document, Standing, WorkflowError, WorkflowView,
    channel::ChannelSubject,
    watched::{from_text, to_text},
};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::timestamp::milliseconds};

/// A badge or a status page of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusLink {
    /// What it shows.
    pub kind: StatusLinkKind,
    /// What stands at its head, if anything is to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// The workflows that it is about.
    pub about: ChannelSubject,
    /// Whether it says what the workflows are called.
    pub shows_names: bool,
    /// When it was made.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
    /// The request for which it was made, if its sender named it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<String>,
}

/// What a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusLinkKind {
    /// A picture of one line.
    Badge,
    /// A page.
    Page,
}

/// A link as its client sees it: without its address, which nobody can ask for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusLinkView {
    /// Its id.
    pub id: String,
    /// What it shows.
    pub kind: StatusLinkKind,
    /// What stands at its head.
    pub title: Option<String>,
    /// Only workflows that run there, if that is said.
    pub environment: Option<String>,
    /// Only workflows of these names, if any are said.
    pub workflows: Option<Vec<String>>,
    /// Whether it says what the workflows are called.
    pub shows_names: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// What whoever knows the address of a link sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicStatus {
    /// What it is.
    pub kind: StatusLinkKind,
    /// What stands at its head.
    pub title: Option<String>,
    /// How each workflow stands.
    pub workflows: Vec<PublicWorkflow>,
}

/// How a workflow stands, for whoever knows the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicWorkflow {
    /// What it is called and where it runs, if that is shown.
    pub name: Option<(String, String)>,
    /// How it stands.
    pub state: Standing,
    /// When its last run started.
    pub last_started_at: Option<OffsetDateTime>,
}

impl StatusLink {
    /// How many characters of its key its id has.
    const ID: usize = 16;
    /// The longest title, in characters.
    pub const MAX_TITLE: usize = 128;

    /// Reads what is kept.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub fn read(document: &Document) -> Result<Self, WorkflowError> {
        from_text(document)
    }

    pub(crate) fn text(&self) -> Result<String, WorkflowError> {
        to_text(self)
    }

    /// The id of the link with that key.
    pub(crate) fn id(key: &str) -> String {
        key.chars().take(Self::ID).collect()
    }

    pub(crate) fn view(self, key: &str) -> StatusLinkView {
        StatusLinkView {
            id: Self::id(key),
            kind: self.kind,
            title: self.title,
            environment: self.about.environment,
            workflows: Some(self.about.workflows).filter(|names| !names.is_empty()),
            shows_names: self.shows_names,
            created_at: self.created_at,
        }
    }

    /// What is shown of workflows that it is about.
    pub(crate) fn show(self, workflows: Vec<WorkflowView>) -> PublicStatus {
        let shows_names = self.shows_names;
        let shown = workflows.into_iter().map(|view| PublicWorkflow {
            name: shows_names.then_some((view.workflow, view.environment)),
            state: view.state,
            last_started_at: view.last_run.map(|run| run.started_at),
        });
        PublicStatus {
            kind: self.kind,
            title: self.title,
            workflows: shown.collect(),
        }
    }
}

impl StatusLinkKind {
    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Badge => "badge",
            Self::Page => "page",
        }
    }
}

impl Standing {
    /// Whether somebody has to look at it.
    pub fn is_trouble(self) -> bool {
        matches!(self, Self::Late | Self::Failing | Self::Stuck)
    }
}
