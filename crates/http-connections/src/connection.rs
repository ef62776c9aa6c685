//! What becomes of one connection: the middleware and the stream of bytes tell each other here.

use std::{cell::RefCell, rc::Rc, task::Waker, time::Duration};
use tokio::time::Instant;

/// A connection, as a request finds it among its connection's data.
#[derive(Clone, Debug)]
pub struct Connection(Rc<RefCell<State>>);

/// A request that was begun and whose answer is not out yet; dropped then.
#[derive(Debug)]
pub struct Answering {
    connection: Connection,
    drains: usize,
    may_go_on: bool,
}

#[derive(Debug)]
struct State {
    head: HeadLimit,
    /// How many bytes may come until then.
    may_come: usize,
    has_begun: bool,
    invitation: Invitation,
    /// The task that reads from the connection.
    reader: Option<Waker>,
}

/// When the head of a request must be whole.
#[derive(Clone, Copy, Debug)]
enum HeadLimit {
    /// A request is being answered.
    None,
    /// At this time.
    At(Instant),
    /// In so much time, from when the connection is next waited for: that asks for the time once, and not
    /// at all when the request is there as a whole.
    In(Duration),
}

/// What becomes of `100 Continue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invitation {
    /// Nobody waits for one.
    None,
    /// The framework is about to write one, which is held back.
    Expected,
    /// It is held back until the body is wanted.
    Held,
    /// The body is wanted.
    Wanted,
}

/// How long the head of a request may take from its first byte.
pub(crate) const HEAD: Duration = Duration::from_secs(5);
/// How long a connection is kept for a further request. The framework ends it before.
const IDLE: Duration = Duration::from_secs(80);
/// How many bytes may come before a head is whole: the framework answers 431 to half of that.
const UNREAD: usize = 256 << 10;
/// How much of a body is read and dropped that was refused to a client whose key is valid, so that the
/// answer is read: a client that writes on into a closed connection may never see it.
const DRAINED_FOR_CLIENTS: usize = 16 << 20;

impl Connection {
    pub(crate) fn new() -> Self {
        Self(Rc::new(RefCell::new(State {
            // The framework answers 408 before.
            head: HeadLimit::In(2 * HEAD),
            may_come: UNREAD,
            has_begun: false,
            invitation: Invitation::None,
            reader: None,
        })))
    }

    /// To be called when a request begins; its body may have an open end, if there is one.
    pub fn begin(&self, has_open_end: bool) -> Answering {
        self.0.borrow_mut().head = HeadLimit::None;
        Answering {
            connection: self.clone(),
            drains: UNREAD,
            may_go_on: has_open_end,
        }
    }

    /// To be called when a request waits for `100 Continue`.
    pub(crate) fn expect(&self) {
        self.0.borrow_mut().invitation = Invitation::Expected;
    }

    /// Whether the body of the request is waited with until it is [wanted](Self::want_body).
    pub fn holds_body_back(&self) -> bool {
        self.0.borrow().invitation != Invitation::None
    }

    /// Lets a client that waits with the body send it.
    pub fn want_body(&self) {
        let mut state = self.0.borrow_mut();
        if state.invitation != Invitation::None {
            state.invitation = Invitation::Wanted;
            if let Some(reader) = state.reader.take() {
                reader.wake();
            }
        }
    }

    pub(crate) fn invitation(&self) -> Invitation {
        self.0.borrow().invitation
    }

    pub(crate) fn set_invitation(&self, invitation: Invitation) {
        self.0.borrow_mut().invitation = invitation;
    }

    /// Takes note of bytes that came, and tells whether so many were to be expected.
    pub(crate) fn receive(&self, bytes: usize) -> bool {
        let mut state = self.0.borrow_mut();
        if matches!(state.head, HeadLimit::None) {
            return true;
        }
        if !state.has_begun {
            state.has_begun = true;
            state.head = HeadLimit::In(HEAD);
        }
        state.may_come = state.may_come.saturating_sub(bytes);
        state.may_come > 0
    }

    /// When the head of a request must be whole, if it is `now` that one is waited for.
    pub(crate) fn head_due(&self, now: Instant) -> Option<Instant> {
        let head = &mut self.0.borrow_mut().head;
        match *head {
            HeadLimit::None => None,
            HeadLimit::At(due) => Some(due),
            HeadLimit::In(limit) => {
                let due = now + limit;
                *head = HeadLimit::At(due);
                Some(due)
            }
        }
    }

    pub(crate) fn set_reader(&self, reader: &Waker) {
        let mut state = self.0.borrow_mut();
        if !(state.reader.as_ref()).is_some_and(|known| known.will_wake(reader)) {
            state.reader = Some(reader.clone());
        }
    }
}

impl Answering {
    /// The key is valid: what is left of the body may be read and dropped.
    pub fn drain_for_client(&mut self) {
        self.drains = DRAINED_FOR_CLIENTS;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut state = self.connection.0.borrow_mut();
        state.head = HeadLimit::In(IDLE);
        state.may_come = self.drains;
        state.has_begun = false;
        // The framework goes on reading what is left of a body of unknown length, and would wait for it.
        if self.may_go_on
            && let Some(reader) = state.reader.take()
        {
            reader.wake();
        }
    }
}
