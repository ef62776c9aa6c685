use crate::{Problem, Refusal};

/// Why a handler is not reached, and what is answered instead.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The key is missing, not good, or does not allow this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The service's own [`Authorize`](crate::Authorize) said no.
    #[error("the service itself refused the call: {}", .0.detail)]
    Denied(Problem),
    /// The handler asks who is calling, and nothing before it found out.
    #[error("the route has no middleware that knows the caller")]
    Ungated,
}

/// An HTTP response, for an adapter to put into its library's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code, 400 to 599.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, &'static str)>,
    /// A problem as JSON.
    pub body: String,
}

impl Rejection {
    /// A hook's no. It goes to the log, since the authenticator has told of an accepted key.
    pub(crate) fn denied(mut problem: Problem) -> Self {
        let (status, title) = (problem.status, problem.title);
        tracing::info!(status, title, "the service itself refused a call");
        if !(400..600).contains(&status) {
            tracing::error!(status, "a refusal needs a status of 400 to 599");
            problem.status = 500;
        }
        Self::Denied(problem)
    }

    /// What the caller is told.
    pub fn answer(&self) -> Answer {
        let (problem, header) = match self {
            Self::Refused(refusal) => (refusal.problem(), refusal.header()),
            Self::Denied(problem) => (problem.clone(), None),
            Self::Ungated => {
                let detail = "The request cannot be served: the server's log says why";
                let problem = Problem::new(500, "Internal Server Error", detail);
                (problem, None)
            }
        };
        let mut headers = vec![("content-type", "application/problem+json")];
        headers.extend(header);
        Answer {
            status: problem.status,
            headers,
            body: problem.to_json(),
        }
    }
}
