/// A store or a hook panicked; where, the panic hook of the program has told.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Panicked, Rejection};
///
/// assert_eq!(Rejection::from(Panicked).answer().status, 500);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a store or a hook panicked")]
pub struct Panicked;
