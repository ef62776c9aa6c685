use std::fmt;
use time::OffsetDateTime;

/// What a store keeps of a client: a text under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its key, which no other document of its kind and client has.
    pub key: String,
    /// The number of its last change, which tells whether it has changed since it was read.
    pub revision: i64,
    /// The text.
    pub body: String,
}

/// What a document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DocumentKind {
    /// The runs of a workflow.
    State,
    /// What was added to the runs of a workflow since they were last written.
    Recent,
    /// The monitor of a workflow, and how far it was looked at.
    Monitor,
    /// An incident. Its key is in the order of time.
    Incident,
    /// Where messages about incidents go, and those that wait.
    Channel,
    /// A view of logs that people have saved. Its key is its name.
    View,
    /// The position up to which the entries of the client were read.
    Place,
    /// Rules for what comes from other systems, and a hook for it.
    Mapping,
    /// A badge or a status page. Its key is the hash of the token in its address.
    StatusLink,
}

/// A change of one document, which is made when the document is as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// What the document is about.
    pub kind: DocumentKind,
    /// Its key.
    pub key: String,
    /// Its revision when it was read; `None` when there was none.
    pub expected: Option<i64>,
    /// What it is to be; `None` takes it away.
    pub content: Option<Content>,
}

/// What a document is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The text.
    pub body: String,
    /// When it has to be looked at, if it has to be.
    pub due_at: Option<OffsetDateTime>,
}

/// Which documents of a kind are asked for, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Only those behind this key.
    pub after: Option<String>,
    /// From the last key to the first.
    pub is_descending: bool,
    /// The most that are returned.
    pub limit: usize,
}

impl DocumentKind {
    /// Each of them.
    pub const ALL: [Self; 9] = [
        Self::State,
        Self::Recent,
        Self::Monitor,
        Self::Incident,
        Self::Channel,
        Self::View,
        Self::Place,
        Self::Mapping,
        Self::StatusLink,
    ];
    /// Those that are taken away when they are due.
    pub const TEMPORARY: [Self; 2] = [Self::State, Self::Incident];

    /// The name by which stores keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Recent => "recent",
            Self::Monitor => "monitor",
            Self::Incident => "incident",
            Self::Channel => "channel",
            Self::View => "view",
            Self::Place => "place",
            Self::Mapping => "mapping",
            Self::StatusLink => "status_link",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Listing {
    /// The first ones.
    pub fn first(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// The last ones, the last first.
    pub fn last(limit: usize) -> Self {
        Self {
            is_descending: true,
            ..Self::first(limit)
        }
    }

    /// Only those behind `key`.
    #[must_use]
    pub fn after(self, key: Option<String>) -> Self {
        Self { after: key, ..self }
    }
}

impl Write {
    /// Puts a text in the place of what was read.
    pub fn put(kind: DocumentKind, key: String, read: Option<&Document>, content: Content) -> Self {
        Self {
            kind,
            key,
            expected: read.map(|read| read.revision),
            content: Some(content),
        }
    }

    /// Takes away what was read.
    pub fn delete(kind: DocumentKind, read: &Document) -> Self {
        Self {
            kind,
            key: read.key.clone(),
            expected: Some(read.revision),
            content: None,
        }
    }
}

impl Content {
    /// A text that nobody has to look at.
    pub fn of(body: String) -> Self {
        Self { body, due_at: None }
    }
}
