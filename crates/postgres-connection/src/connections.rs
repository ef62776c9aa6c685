//! The connections to one database: as many as are needed, up to a limit, or as many as the server lets in.

use crate::{
    connector::Connector,
    error::LendError,
    room::{Place, Room},
};
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::AbortHandle,
    time::{sleep, timeout},
};
use tokio_postgres::{Config, error::SqlState};

/// How a pool of connections is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// How many connections there may be.
    pub most: usize,
    /// Connections on which something is done.
    pub in_use: usize,
    /// Connections that are ready for use.
    pub idle: usize,
    /// How many wait for a connection.
    pub waiting: usize,
}

/// How long to wait for a connection, new or used.
const LIMIT: Duration = Duration::from_secs(5);
/// How long to wait before asking a server again that is full.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a connection is kept that nobody uses, and how often a server that was full is asked for more.
const IDLE: Duration = Duration::from_secs(30);

/// A pool of connections.
pub struct Connections {
    pool: Pool,
    room: Arc<Room>,
    most: usize,
    /// Gives back what is not needed, for as long as this is there.
    shrinking: AbortHandle,
}

/// A connection that is in use.
pub struct Connection {
    object: Object,
    pool: Pool,
    place: Place,
}

impl Connections {
    /// Makes a pool of at most so many connections.
    ///
    /// # Errors
    /// None but of a pool without a runtime.
    pub fn new(
        config: &Config,
        connector: &Connector,
        most: usize,
    ) -> Result<Self, deadpool_postgres::BuildError> {
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_connect(
            config.clone(),
            connector.clone(),
            ManagerConfig { recycling_method },
        );
        let pool = Pool::builder(manager)
            .max_size(most)
            .wait_timeout(Some(LIMIT))
            .create_timeout(Some(LIMIT))
            .recycle_timeout(Some(LIMIT))
            .runtime(Runtime::Tokio1)
            .build()?;
        let room = Arc::new(Room::new(most));
        let shrinking = connector
            .runtime
            .spawn(shrink(pool.clone(), Arc::clone(&room), most));
        Ok(Self {
            pool,
            room,
            most,
            shrinking: shrinking.abort_handle(),
        })
    }

    /// Returns a connection, new or used. When the server lets no more in, this waits for one that is there.
    ///
    /// # Errors
    /// When there is none in time, or the server refuses for another reason.
    pub async fn lend(&self) -> Result<Connection, LendError> {
        let began = Instant::now();
        loop {
            let place = timeout(LIMIT, Room::enter(&self.room)).await;
            let place = place.map_err(|_| LendError::TimedOut)?;
            // Those that an outage has ended are not worth a line of the log each.
            self.pool.retain(|client, _| !client.is_closed());
            match self.pool.get().await {
                Ok(object) => {
                    return Ok(Connection {
                        object,
                        pool: self.pool.clone(),
                        place,
                    });
                }
                Err(error) if is_full(&error) && began.elapsed() < LIMIT => {
                    // One less than there are: a change of keys must get in as well.
                    let there = self.pool.status().size;
                    self.room.narrow(there.saturating_sub(1).max(1));
                    drop(place);
                    sleep(PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Returns how the pool is used at the moment.
    pub fn status(&self) -> PoolStatus {
        let open = self.pool.status().size;
        let in_use = self.room.occupied().min(open);
        PoolStatus {
            most: self.most,
            in_use,
            idle: open - in_use,
            waiting: self.room.waiting(),
        }
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.shrinking.abort();
    }
}

impl Connection {
    /// Closes it when there are more than may be, and leaves it to others otherwise.
    pub fn give_back(self) {
        if self.pool.status().size > self.place.width() {
            self.discard();
        }
    }

    /// Closes it, because it may be at fault for what went wrong on it.
    pub fn discard(self) {
        drop(Object::take(self.object));
    }
}

impl Deref for Connection {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.object
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Object {
        &mut self.object
    }
}

async fn shrink(pool: Pool, room: Arc<Room>, most: usize) {
    loop {
        sleep(IDLE).await;
        pool.retain(|_, metrics| metrics.last_used() < IDLE);
        room.widen(most);
    }
}

/// Whether the server, the database or the role has as many connections as it may.
fn is_full(error: &PoolError) -> bool {
    let PoolError::Backend(error) = error else {
        return false;
    };
    error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
}
