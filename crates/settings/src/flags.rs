use std::{collections::BTreeMap, fmt};

/// The flags that a command line was given, by name.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, Settings};
///
/// let flags = Flags::default().with("--key-prefix", Some("acme".to_owned()));
/// let settings = Settings::read(Environment::read(None)?.with_flags(flags))?;
/// assert_eq!(settings.key_prefix.as_str(), "acme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Flags(BTreeMap<&'static str, Vec<String>>);

impl Flags {
    /// Adds a flag with its values, unless it has none.
    #[must_use]
    pub fn with(mut self, name: &'static str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        if !values.is_empty() {
            self.0.insert(name, values);
        }
        self
    }

    /// Adds a flag that has no value, if it is given.
    #[must_use]
    pub fn with_switch(self, name: &'static str, is_given: bool) -> Self {
        self.with(name, is_given.then(|| "true".to_owned()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

/// Without the values, which may be secret.
impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}
