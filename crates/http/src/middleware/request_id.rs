//! A name for each request, in its answer and in every line that it leaves in the log.

use actix_web::{
    dev::ServiceRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use std::{
    cell::Cell,
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
    /// The number of the request in this process.
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
        let sent = request.headers().get(X_REQUEST_ID);
        match sent.filter(|sent| is_fit(sent)) {
            Some(sent) => Self::Sent(sent.clone()),
            None => Self::Made(next_number()),
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

/// A number that no other request of this process has. Each thread takes many at a time, so that threads do
/// not wait for each other.
fn next_number() -> u64 {
    const TAKEN: u64 = 1024;
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static LAST_AND_END: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    }
    let (mut last, mut end) = LAST_AND_END.get();
    if last + 1 >= end {
        let first = NEXT.fetch_add(TAKEN, Ordering::Relaxed);
        (last, end) = (first - 1, first + TAKEN);
    }
    LAST_AND_END.set((last + 1, end));
    last + 1
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
    fn no_two_requests_have_the_same_number() {
        let numbers = || (0..3000).map(|_| next_number()).collect::<Vec<_>>();
        let threads = [0; 4].map(|_| std::thread::spawn(numbers));
        let numbers = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        let distinct: std::collections::BTreeSet<_> = numbers.collect();
        assert_eq!(distinct.len(), 4 * 3000);
    }

    #[test]
    fn the_longest_id_that_is_made_is_the_same_in_answer_and_log() {
        for number in [1, u64::MAX] {
            let id = RequestId::Made(number);
            assert_eq!(id.value(), id.to_string());
        }
    }
}
