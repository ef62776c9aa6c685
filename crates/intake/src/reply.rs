use serde::Serialize;

/// An answer in the shape of a protocol.
///
/// # Examples
///
/// ```
/// use central_logger_intake::{Head, Refusal, named};
///
/// let splunk = named("splunk").ok_or("it is in the table")?;
/// let refusal = Refusal::new(401, "Missing API key");
/// let reply = splunk.refused(&Head::default(), &refusal).ok_or("it has a shape of its own")?;
/// assert_eq!(reply.body, br#"{"text":"Token is required","code":2}"#);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The media type of the body, if there is one.
    pub content_type: Option<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            content_type: None,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self {
            content_type: Some("text/plain; charset=utf-8".to_owned()),
            body: text.as_bytes().to_owned(),
            ..Self::empty(status)
        }
    }

    pub(crate) fn json(status: u16, value: &impl Serialize) -> Self {
        Self {
            content_type: Some("application/json".to_owned()),
            // Values of this crate have names and texts only, which JSON can express.
            body: serde_json::to_vec(value).unwrap_or_default(),
            ..Self::empty(status)
        }
    }
}
