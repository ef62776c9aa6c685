use crate::{Allowances, Header, Panicked, Problem, Refusal};
use central_logger_problem_types::ProblemType;
use std::borrow::Cow;

/// Why a handler is not reached, and what is answered instead.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Refusal, Rejection};
///
/// let rejection = Rejection::from(Refusal::Missing);
/// assert_eq!(rejection.to_string(), "the request carries no API key");
/// assert_eq!(rejection.answer().status, 401);
/// assert_eq!(Rejection::Ungated.answer().status, 500);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The key is missing, not good, or does not allow this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The service's own [`Authorize`](crate::Authorize) said no.
    #[error("the service itself refused the call: {}", .problem.detail)]
    Denied {
        /// Why.
        problem: Problem,
        /// What is left of the limits that the request is under.
        allowances: Allowances,
    },
    /// A store or a hook panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The handler asks who is calling, and nothing before it found out.
    #[error("the route has no middleware that knows the caller")]
    Ungated,
}

/// An HTTP response, for an adapter to put into its library's type.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Refusal, Rejection};
///
/// let answer = Rejection::from(Refusal::Missing).answer();
/// assert_eq!(answer.status, 401);
/// assert_eq!(answer.headers[0], ("content-type", "application/problem+json".into()));
/// assert!(answer.body.contains(r#""detail":"Missing API key""#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code, 400 to 599.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<Header>,
    /// A problem as JSON.
    pub body: String,
}

/// Keeps browsers from guessing what an answer is.
pub(crate) const NOSNIFF: Header = ("x-content-type-options", Cow::Borrowed("nosniff"));

impl Rejection {
    /// A hook's no. It goes to the log, since the authenticator has told of an accepted key.
    pub(crate) fn denied(mut problem: Problem, allowances: Allowances) -> Self {
        let (status, title) = (problem.status, problem.title);
        tracing::info!(status, title, "the service itself refused a call");
        if !(400..600).contains(&status) {
            tracing::error!(status, "a refusal needs a status of 400 to 599");
            problem.status = 500;
        }
        Self::Denied {
            problem,
            allowances,
        }
    }

    /// What the caller is told.
    pub fn answer(&self) -> Answer {
        let mut headers: Vec<Header> =
            vec![("content-type", "application/problem+json".into()), NOSNIFF];
        let problem = match self {
            Self::Refused(refusal) => {
                headers.extend(refusal.headers());
                refusal.problem()
            }
            Self::Denied {
                problem,
                allowances,
            } => {
                let fields = allowances.headers();
                headers.extend(fields.map(|(name, value)| (name, value.into())));
                problem.clone()
            }
            Self::Ungated | Self::Panicked(_) => {
                let detail = "The request cannot be served: the server's log says why";
                Problem::of(ProblemType::INTERNAL_ERROR, detail)
            }
        };
        Answer {
            status: problem.status,
            headers,
            body: problem.to_json(),
        }
    }
}
