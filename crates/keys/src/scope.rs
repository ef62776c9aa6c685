use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// One thing that a key allows.
///
/// # Examples
///
/// ```
/// use central_logger_keys::Scope;
///
/// assert_eq!("logs:read".parse(), Ok(Scope::LogsRead));
/// assert_eq!(Scope::KeysManage.as_str(), "keys:manage");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// `logs:write`: sending logs.
    #[serde(rename = "logs:write")]
    LogsWrite,
    /// `logs:read`: reading one's own logs.
    #[serde(rename = "logs:read")]
    LogsRead,
    /// `keys:manage`: seeing the usage and alerts of one's own keys.
    #[serde(rename = "keys:manage")]
    KeysManage,
}

/// A text that names no scope.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidScope, Scope};
///
/// assert_eq!("logs:delete".parse::<Scope>(), Err(InvalidScope));
/// assert_eq!(InvalidScope.to_string(), "a scope is logs:write, logs:read or keys:manage");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a scope is logs:write, logs:read or keys:manage")]
pub struct InvalidScope;

/// The set of things that a key allows, perhaps empty, in the order of [`Scope`].
///
/// # Examples
///
/// ```
/// use central_logger_keys::{Scope, Scopes};
///
/// let scopes = Scopes::default();
/// assert_eq!(scopes.to_string(), "logs:write logs:read");
/// assert!(!scopes.contains(Scope::KeysManage));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(Vec<Scope>);

impl Scope {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::LogsWrite, Self::LogsRead, Self::KeysManage];

    /// The scope as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogsWrite => "logs:write",
            Self::LogsRead => "logs:read",
            Self::KeysManage => "keys:manage",
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(InvalidScope)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Scopes {
    /// Whether `scope` is among them.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// The scopes, each once.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl Default for Scopes {
    /// What a new key gets unless told otherwise: sending and reading logs.
    fn default() -> Self {
        Self(vec![Scope::LogsWrite, Scope::LogsRead])
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(mut scopes: Vec<Scope>) -> Self {
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self::from(scopes.into_iter().collect::<Vec<_>>())
    }
}

impl fmt::Display for Scopes {
    /// Separated by spaces, as stores and the `X-Key-Scopes` header have them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_ascii_whitespace().map(str::parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back_as_they_are_written_each_once() {
        let scopes: Scopes = "keys:manage logs:write keys:manage".parse().unwrap();
        assert_eq!(scopes.to_string(), "logs:write keys:manage");
        assert_eq!(scopes.to_string().parse::<Scopes>().unwrap(), scopes);
        assert_eq!(
            serde_json::to_string(&scopes).unwrap(),
            r#"["logs:write","keys:manage"]"#
        );
        assert_eq!("".parse::<Scopes>().unwrap(), Scopes::from(Vec::new()));
        assert_eq!("logs:delete".parse::<Scopes>(), Err(InvalidScope));
    }
}
