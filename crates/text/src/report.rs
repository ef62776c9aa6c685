use crate::shown;
use std::{error::Error, fmt};

/// An error with all its causes on one line, for logs and terminals.
///
/// # Examples
///
/// ```
/// use central_logger_text::Report;
/// use std::error::Error;
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("the store is not available")]
/// struct Unavailable(#[source] Box<dyn Error>);
///
/// let error = Unavailable("connection refused".into());
/// assert_eq!(Report(&error).to_string(), "the store is not available: connection refused");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Report<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&shown(&said))?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their cause in their own text.
            if !said.contains(&text) {
                write!(f, ": {}", shown(&text))?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the store is not available")]
    struct Unavailable(#[source] Box<dyn Error>);

    #[test]
    fn causes_follow_on_the_same_line_and_are_not_repeated() {
        let refused = std::io::Error::other("connection refused");
        let error = Unavailable(Box::new(refused));
        assert_eq!(
            Report(&error).to_string(),
            "the store is not available: connection refused"
        );
    }

    #[test]
    fn nothing_in_it_is_obeyed_by_a_terminal() {
        let hostile = std::io::Error::other("no\u{1b}[2J\nall is well\u{202e}");
        let error = Unavailable(Box::new(hostile));
        assert_eq!(
            Report(&error).to_string(),
            r"the store is not available: no\u{1b}[2J\nall is well\u{202e}"
        );
    }
}
