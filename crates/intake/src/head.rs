use std::borrow::Cow;

/// The head of a request: all that a protocol reads beside the body.
///
/// # Examples
///
/// ```
/// use central_logger_intake::Head;
///
/// let head = Head::new("POST", "/services/collector/raw", "source=a%20file")
///     .with_header("content-type", b"Text/Plain; charset=utf-8");
/// assert_eq!(head.content_type(), "text/plain");
/// assert_eq!(head.parameter("source").as_deref(), Some("a file"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// Returns a head without headers. The path is as it was sent.
    pub fn new(method: &str, path: &str, query: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
        }
    }

    /// Adds a header, whose name is in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &[u8]) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the query, without its question mark.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns the first value of a header, if it is a text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(found, _)| found == name)?;
        str::from_utf8(value).ok()
    }

    /// Returns all headers.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Returns the media type of the body in lower case, without its parameters; empty if there is none.
    pub fn content_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        let media_type = value.split(';').next().unwrap_or_default();
        media_type.trim().to_ascii_lowercase()
    }

    /// Returns the first value of a parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut parameters = form_urlencoded::parse(self.query.as_bytes());
        parameters.find_map(|(found, value)| (found == name).then_some(value))
    }
}

/// A text in which `%` and two digits stand for a byte.
pub(crate) fn decoded(value: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((byte, behind)) = rest.split_first() {
        let escaped = behind.get(..2).filter(|_| *byte == b'%');
        let escaped = escaped.and_then(|hex| str::from_utf8(hex).ok());
        let escaped = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(escaped) => {
                bytes.push(escaped);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
