use central_logger_text::is_obeyed;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{fmt, str::FromStr};

/// Who changes keys, from where and over which way: for the audit trail. Each text has at most 128
/// characters.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Actor, ActorKind, Via};
///
/// let person = Actor::new("alice@ops\n");
/// assert_eq!((person.name(), person.via()), ("alice@ops", Some(Via::CommandLine)));
///
/// let key = Actor::of(ActorKind::Key, Some("4fzyo82mvyi1"), "deploy");
/// let key = key.from_network("192.0.2.0/24");
/// assert_eq!((key.id(), key.via()), (Some("4fzyo82mvyi1"), Some(Via::Http)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    name: String,
    /// Older programs have recorded the name alone.
    origin: Option<Origin>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    kind: ActorKind,
    id: Option<String>,
    network: Option<String>,
    via: Via,
}

/// What an [`Actor`] is.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::ActorKind;
///
/// assert_eq!("provider_key".parse(), Ok(ActorKind::ProviderKey));
/// assert_eq!(ActorKind::Host.as_str(), "host");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActorKind {
    /// A person or a program on a host that has access to the database.
    Host,
    /// A key of a client.
    Key,
    /// A person who has signed in.
    Session,
    /// A key of the provider.
    ProviderKey,
    /// A server, on its own behalf.
    Server,
}

/// The way over which a change was asked for.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::Via;
///
/// assert_eq!("command_line".parse(), Ok(Via::CommandLine));
/// assert_eq!(Via::Http.as_str(), "http");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Via {
    /// A command.
    CommandLine,
    /// A call over HTTP.
    Http,
    /// A page of the console.
    Console,
    /// Nobody asked: a server keeps its store up to date.
    Server,
}

/// A text that names no kind of actor, or no way.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{ActorKind, audit::InvalidActor};
///
/// assert_eq!("robot".parse::<ActorKind>(), Err(InvalidActor::Kind));
/// assert!(InvalidActor::Kind.to_string().starts_with("an actor is a host"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidActor {
    /// No kind of actor.
    #[error("an actor is a host, key, session, provider_key or server")]
    Kind,
    /// No way.
    #[error("a change is made via command_line, http, console or server")]
    Via,
}

impl Actor {
    /// The longest text, in characters.
    const MAX_LENGTH: usize = 128;

    /// A person or a program on a host, such as `operator@host`, who uses the command line or the
    /// library; what cannot be printed is left out.
    pub fn new(name: &str) -> Self {
        Self::of(ActorKind::Host, None, name)
    }

    /// A server of this name.
    pub fn server(name: &str) -> Self {
        Self::of(ActorKind::Server, None, name)
    }

    /// An actor of this kind, with the id of its key or session. Hosts use the command line, servers act
    /// on their own behalf, and all others come over HTTP, unless [told otherwise](Self::coming_via).
    pub fn of(kind: ActorKind, id: Option<&str>, name: &str) -> Self {
        let via = match kind {
            ActorKind::Host => Via::CommandLine,
            ActorKind::Server => Via::Server,
            ActorKind::Key | ActorKind::Session | ActorKind::ProviderKey => Via::Http,
        };
        Self {
            name: printable(name),
            origin: Some(Origin {
                kind,
                id: id.map(printable),
                network: None,
                via,
            }),
        }
    }

    /// An actor as an older program has recorded it: by its name alone.
    pub fn named(name: &str) -> Self {
        let name = printable(name);
        Self { name, origin: None }
    }

    /// The actor in this network, such as `192.0.2.0/24`.
    #[must_use]
    pub fn from_network(mut self, network: &str) -> Self {
        if let Some(origin) = &mut self.origin {
            origin.network = Some(printable(network));
        }
        self
    }

    /// The actor on another way.
    #[must_use]
    pub fn coming_via(mut self, via: Via) -> Self {
        if let Some(origin) = &mut self.origin {
            origin.via = via;
        }
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, unless an older program has recorded it.
    pub fn kind(&self) -> Option<ActorKind> {
        self.origin.as_ref().map(|origin| origin.kind)
    }

    /// The id of its key or session.
    pub fn id(&self) -> Option<&str> {
        self.origin.as_ref()?.id.as_deref()
    }

    /// The network that it came from.
    pub fn network(&self) -> Option<&str> {
        self.origin.as_ref()?.network.as_deref()
    }

    /// The way that it took, unless an older program has recorded it.
    pub fn via(&self) -> Option<Via> {
        self.origin.as_ref().map(|origin| origin.via)
    }

    /// What an entry seals beside the name. Entries of older programs have nothing of it.
    pub(crate) fn sealed_origin(&self) -> Option<serde_json::Value> {
        let Origin {
            kind,
            id,
            network,
            via,
        } = self.origin.as_ref()?;
        Some(serde_json::json!([
            kind.as_str(),
            id,
            network,
            via.as_str()
        ]))
    }
}

fn printable(text: &str) -> String {
    let printable = text.chars().filter(|character| !is_obeyed(*character));
    printable.take(Actor::MAX_LENGTH).collect()
}

/// The members `actor`, `network` and `via` of an entry.
impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Named<'a> {
            kind: Option<&'static str>,
            id: Option<&'a str>,
            name: &'a str,
        }
        let named = Named {
            kind: self.kind().map(ActorKind::as_str),
            id: self.id(),
            name: &self.name,
        };
        let mut members = to.serialize_struct("Actor", 3)?;
        members.serialize_field("actor", &named)?;
        members.serialize_field("network", &self.network())?;
        members.serialize_field("via", &self.via().map(Via::as_str))?;
        members.end()
    }
}

impl ActorKind {
    const ALL: [Self; 5] = [
        Self::Host,
        Self::Key,
        Self::Session,
        Self::ProviderKey,
        Self::Server,
    ];

    /// The kind as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Key => "key",
            Self::Session => "session",
            Self::ProviderKey => "provider_key",
            Self::Server => "server",
        }
    }
}

impl Via {
    const ALL: [Self; 4] = [Self::CommandLine, Self::Http, Self::Console, Self::Server];

    /// The way as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CommandLine => "command_line",
            Self::Http => "http",
            Self::Console => "console",
            Self::Server => "server",
        }
    }
}

impl FromStr for ActorKind {
    type Err = InvalidActor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or(InvalidActor::Kind)
    }
}

impl FromStr for Via {
    type Err = InvalidActor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|via| via.as_str() == text);
        found.ok_or(InvalidActor::Via)
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
