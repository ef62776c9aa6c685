//! A connection out of the pool, to which it goes back when nothing is under way on it any more.

use crate::{connections::Connection, connector::Connector};
use deadpool_postgres::Object;
use std::time::Duration;
use tokio::time::timeout;

/// A connection of the pool while it is used. If the use stops in the middle, as when the sender of a
/// request has gone, the connection is lent again only after its statement has ended.
pub struct Lent {
    connection: Option<Connection>,
    work: Work,
    connector: Connector,
}

/// What becomes of work that nobody waits for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It goes on to its end: what was begun may have been done.
    Changing,
    /// It is cancelled.
    Reading,
}

/// How long any work on a connection may take, such as on a server that has stopped.
pub const WORK_LIMIT: Duration = Duration::from_secs(10);
/// How long what is read may take to end, by itself and then once it was cancelled.
const GRACE: Duration = Duration::from_millis(100);

impl Lent {
    /// Takes a connection for work of this kind.
    pub fn new(connection: Connection, work: Work, connector: &Connector) -> Self {
        Self {
            connection: Some(connection),
            work,
            connector: connector.clone(),
        }
    }

    /// The connection, until it was taken back.
    pub fn connection(&mut self) -> Option<&mut Object> {
        self.connection.as_deref_mut()
    }

    /// Takes the connection back, with nothing under way on it.
    pub fn take_back(mut self) -> Option<Connection> {
        self.connection.take()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            if std::thread::panicking() {
                // Half a message may be left in it, which would break the next statement of somebody else.
                connection.discard();
                return;
            }
            let connector = self.connector.clone();
            self.connector
                .runtime
                .spawn(clear(connection, self.work, connector));
        }
    }
}

/// Gives the connection back when it is idle, and closes it when it does not become so.
async fn clear(connection: Connection, work: Work, connector: Connector) {
    let is_idle = async |limit| {
        matches!(
            timeout(limit, connection.batch_execute("")).await,
            Ok(Ok(()))
        )
    };
    let is_given_back = match work {
        Work::Changing => is_idle(WORK_LIMIT).await,
        Work::Reading => {
            is_idle(GRACE).await || {
                let token = connection.cancel_token();
                let cancelled = timeout(GRACE * 10, token.cancel_query(connector.tls));
                matches!(cancelled.await, Ok(Ok(()))) && is_idle(GRACE * 10).await
            }
        }
    };
    match is_given_back {
        true => connection.give_back(),
        false => connection.discard(),
    }
}
