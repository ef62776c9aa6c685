//! A name for each request, in its answer and in every line that it leaves in the log.

use actix_web::{
    dev::ServiceRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use std::{
    fmt,
    io::Write,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 128;

/// The caller's `X-Request-Id`, or one that was made here.
#[derive(Clone, Debug)]
pub(super) enum RequestId {
    Sent(HeaderValue),
    /// How many requests there were before in this process.
    Made(u64),
}

/// Nobody need be unable to guess it, and asking the system for random bytes for each request would cost
/// more.
static PROCESS: LazyLock<String> = LazyLock::new(|| {
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(12);
    id
});

impl RequestId {
    /// That which was sent, if it is 1 to 128 visible ASCII characters, or else a new one.
    pub(super) fn of(request: &ServiceRequest) -> Self {
        static REQUESTS: AtomicU64 = AtomicU64::new(1);
        let sent = request.headers().get(X_REQUEST_ID);
        match sent.filter(|sent| is_fit(sent)) {
            Some(sent) => Self::Sent(sent.clone()),
            None => Self::Made(REQUESTS.fetch_add(1, Ordering::Relaxed)),
        }
    }

    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert(X_REQUEST_ID, self.value());
    }

    fn value(&self) -> HeaderValue {
        if let Self::Sent(id) = self {
            return id.clone();
        }
        let mut id = [0; 40];
        let mut left = &mut id[..];
        // There is room for the longest number.
        let _ = write!(left, "{self}");
        let unused = left.len();
        let id = &id[..id.len() - unused];
        HeaderValue::from_bytes(id).unwrap_or(HeaderValue::from_static("unnamed"))
    }
}

fn is_fit(id: &HeaderValue) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(id) => f.write_str(id.to_str().unwrap_or_default()),
            Self::Made(number) => write!(f, "{}-{number}", *PROCESS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_id_that_is_made_is_the_same_in_answer_and_log() {
        for number in [1, u64::MAX] {
            let id = RequestId::Made(number);
            assert_eq!(id.value(), id.to_string());
        }
    }
}
