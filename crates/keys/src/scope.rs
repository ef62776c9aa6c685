use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use smol_str::SmolStr;
use std::{cmp::Ordering, fmt, str::FromStr};

/// Something that a key allows, such as `orders:read`: a prefix and a name in lower case.
///
/// A service defines its own. The prefixes `logs:`, `keys:` and `provider:` are reserved for the
/// scopes of Central Logger, which are constants here.
///
/// # Examples
///
/// ```
/// use central_logger_keys::Scope;
///
/// const ORDERS_READ: Scope = Scope::from_static("orders:read"); // checked by the compiler
/// assert_eq!("orders:read".parse(), Ok(ORDERS_READ));
/// assert_eq!("logs:write".parse(), Ok(Scope::LOGS_WRITE));
/// assert!("logs:wirte".parse::<Scope>().is_err(), "the prefix is reserved");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope(SmolStr);

/// Error returned when parsing a [`Scope`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidScope, Scope};
///
/// assert_eq!("Everything".parse::<Scope>(), Err(InvalidScope::Malformed));
/// assert_eq!("logs:delete".parse::<Scope>(), Err(InvalidScope::Reserved));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidScope {
    /// Not a prefix and a name.
    #[error(
        "a scope is a prefix and a name of lower-case letters, digits, '_', '-' and '.', such as \
         logs:write or orders:read, of at most 64 characters"
    )]
    Malformed,
    /// A reserved prefix with a name that is not defined.
    #[error(
        "the prefixes logs:, keys: and provider: are reserved: a scope is logs:write, logs:read, \
         keys:manage, provider:read, provider:write, or has a prefix of your own"
    )]
    Reserved,
}

/// The scopes of a key, each once.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{Scope, Scopes};
///
/// let scopes: Scopes = "logs:read orders:read".parse()?;
/// assert!(scopes.contains(&Scope::LOGS_READ) && !scopes.contains(&Scope::KEYS_MANAGE));
/// assert_eq!(Scopes::default().to_string(), "logs:write logs:read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(Vec<Scope>);

impl Scope {
    /// Sending logs.
    pub const LOGS_WRITE: Self = Self::from_static("logs:write");
    /// Reading the client's logs.
    pub const LOGS_READ: Self = Self::from_static("logs:read");
    /// Managing the client's keys.
    pub const KEYS_MANAGE: Self = Self::from_static("keys:manage");
    /// Looking at all clients and their keys, as the provider.
    pub const PROVIDER_READ: Self = Self::from_static("provider:read");
    /// Changing all clients and their keys, as the provider.
    pub const PROVIDER_WRITE: Self = Self::from_static("provider:write");

    /// The scopes of Central Logger for keys of clients, in the order in which they are told.
    pub const OWN: [Self; 3] = [Self::LOGS_WRITE, Self::LOGS_READ, Self::KEYS_MANAGE];
    /// The scopes for keys of the provider, in the order in which they are told.
    pub const OF_PROVIDER: [Self; 2] = [Self::PROVIDER_READ, Self::PROVIDER_WRITE];

    /// The most characters.
    pub const MAX_LENGTH: usize = 64;

    /// Returns the scope of that text.
    ///
    /// # Panics
    /// If the text is no scope; for a constant, when compiling.
    pub const fn from_static(text: &'static str) -> Self {
        match check(text.as_bytes()) {
            Ok(()) => Self(SmolStr::new_static(text)),
            Err(InvalidScope::Malformed) => panic!("a scope is a prefix and a name in lower case"),
            Err(InvalidScope::Reserved) => panic!("the prefix of the scope is reserved"),
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it is one of [`OWN`](Self::OWN).
    pub fn is_own(&self) -> bool {
        Self::OWN.contains(self)
    }

    /// Returns whether it is one of [`OF_PROVIDER`](Self::OF_PROVIDER).
    pub fn is_of_provider(&self) -> bool {
        Self::OF_PROVIDER.contains(self)
    }

    /// Reserved scopes first, in the order in which they are told.
    fn rank(&self) -> usize {
        let place = (Self::OWN.iter().chain(&Self::OF_PROVIDER)).position(|own| own == self);
        place.unwrap_or(usize::MAX)
    }
}

const OWN_NAMES: [&str; 5] = [
    "logs:write",
    "logs:read",
    "keys:manage",
    "provider:read",
    "provider:write",
];
const RESERVED: [&str; 3] = ["logs", "keys", "provider"];

/// Whether a text is a scope. Loops stand in for iterators, which constants cannot use.
const fn check(text: &[u8]) -> Result<(), InvalidScope> {
    if text.len() > Scope::MAX_LENGTH {
        return Err(InvalidScope::Malformed);
    }
    let mut colon = None;
    let mut index = 0;
    while index < text.len() {
        let is_first = index == 0 || text[index - 1] == b':';
        match text[index] {
            b'a'..=b'z' => {}
            b'0'..=b'9' | b'_' | b'-' | b'.' if !is_first => {}
            b':' if !is_first => {
                if colon.is_none() {
                    colon = Some(index);
                }
            }
            _ => return Err(InvalidScope::Malformed),
        }
        index += 1;
    }
    let Some(colon) = colon else {
        return Err(InvalidScope::Malformed);
    };
    if text[text.len() - 1] == b':' {
        return Err(InvalidScope::Malformed);
    }
    let (prefix, _) = text.split_at(colon);
    match is_among(prefix, &RESERVED) && !is_among(text, &OWN_NAMES) {
        true => Err(InvalidScope::Reserved),
        false => Ok(()),
    }
}

const fn is_among(text: &[u8], names: &[&str]) -> bool {
    let mut place = 0;
    while place < names.len() {
        let name = names[place].as_bytes();
        let mut index = 0;
        while index < name.len() && index < text.len() && name[index] == text[index] {
            index += 1;
        }
        if index == name.len() && index == text.len() {
            return true;
        }
        place += 1;
    }
    false
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text.as_bytes())?;
        Ok(Self(SmolStr::new(text)))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for Scope {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = |scope: &Self| (scope.rank(), scope.0.clone());
        order(self).cmp(&order(other))
    }
}

impl PartialOrd for Scope {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl Scopes {
    /// Returns whether the scope is one of them.
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Returns the first of these scopes that is not one of `allowed`, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_keys::{Scope, Scopes};
    ///
    /// let both: Scopes = "logs:write keys:manage".parse()?;
    /// assert_eq!(both.first_beyond(&Scopes::default()), Some(&Scope::KEYS_MANAGE));
    /// assert_eq!(both.first_beyond(&both), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn first_beyond(&self, allowed: &Self) -> Option<&Scope> {
        self.iter().find(|scope| !allowed.contains(scope))
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the scopes, those of Central Logger first.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

/// Writing and reading logs.
impl Default for Scopes {
    fn default() -> Self {
        Self(vec![Scope::LOGS_WRITE, Scope::LOGS_READ])
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

/// The scopes, separated by spaces.
impl fmt::Display for Scopes {
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
    fn scopes_read_back_as_they_are_written_each_once_and_own_ones_first() {
        let scopes: Scopes = "orders:read keys:manage billing:pay logs:write keys:manage"
            .parse()
            .unwrap();
        let text = "logs:write keys:manage billing:pay orders:read";
        assert_eq!(scopes.to_string(), text);
        assert_eq!(text.parse::<Scopes>().unwrap(), scopes);
        let json = r#"["logs:write","keys:manage","billing:pay","orders:read"]"#;
        assert_eq!(serde_json::to_string(&scopes).unwrap(), json);
        assert_eq!(serde_json::from_str::<Scopes>(json).unwrap(), scopes);
        assert_eq!("".parse::<Scopes>().unwrap(), Scopes::from(Vec::new()));
    }

    #[test]
    fn a_scope_is_a_prefix_and_a_name() {
        let longest = format!("a:{}", "b".repeat(62));
        for text in [
            "orders:read",
            "a:b",
            "acme.shop:orders:read-all",
            "v2_x:y",
            &longest,
        ] {
            assert_eq!(text.parse::<Scope>().unwrap().as_str(), text);
        }
        let too_long = format!("{longest}b");
        for text in [
            "",
            "orders",
            ":",
            "orders:",
            ":read",
            "orders::read",
            "Orders:read",
            "orders:Read",
            "orders read",
            "orders:read ",
            "1:read",
            "orders:1",
            "órdenes:leer",
            "a:b\n",
            &too_long,
        ] {
            assert_eq!(
                text.parse::<Scope>(),
                Err(InvalidScope::Malformed),
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_own_names_have_reserved_prefixes() {
        for own in Scope::OWN {
            assert_eq!(own.as_str().parse::<Scope>().unwrap(), own);
            assert!(own.is_own() && !own.is_of_provider());
        }
        for own in Scope::OF_PROVIDER {
            assert_eq!(own.as_str().parse::<Scope>().unwrap(), own);
            assert!(own.is_of_provider() && !own.is_own());
        }
        for text in [
            "logs:delete",
            "keys:read",
            "logs:write:all",
            "provider:manage",
        ] {
            assert_eq!(text.parse::<Scope>(), Err(InvalidScope::Reserved), "{text}");
        }
        for text in [
            "log:write",
            "logs2:write",
            "my.logs:write",
            "providers:read",
        ] {
            assert!(!text.parse::<Scope>().unwrap().is_own(), "{text}");
        }
    }
}
