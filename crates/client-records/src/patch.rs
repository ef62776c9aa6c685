/// What becomes of one member of a record.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::Patch;
///
/// let rate = Some(100);
/// assert_eq!(Patch::Keep.applied_to(rate), Some(100));
/// assert_eq!(Patch::Clear.applied_to(rate), None);
/// assert_eq!(Patch::Set(5).applied_to(rate), Some(5));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Clear,
    /// It is to be this.
    Set(T),
}

impl<T> Patch<T> {
    /// Returns what becomes of a value.
    pub fn applied_to(self, value: Option<T>) -> Option<T> {
        match self {
            Self::Keep => value,
            Self::Clear => None,
            Self::Set(new) => Some(new),
        }
    }
}

/// Sets what is there, and keeps the rest.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}
