use crate::{
    database::Pool,
    error::{OpenError, StatementError},
    partitions,
    rls::{self, Roles},
};
use central_logger_postgres_connection::{Connection, Connections};
use deadpool_postgres::Object;
use std::ops::{Deref, DerefMut};
use time::OffsetDateTime;

/// A connection to a database whose schema is not looked at first, and on which no limit of time holds: for moving
/// all of a database, while it is closed to all others.
pub struct Unchecked {
    connection: Connection,
    /// Which end with it.
    _connections: Connections,
    roles: Option<Roles>,
}

impl Unchecked {
    /// Connects to `url`, of a database that was migrated.
    ///
    /// # Errors
    /// When the URL cannot be understood, or the server does not let us in.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        let pool = Pool::of(url, 1)?;
        let failed = |error| OpenError::Unreachable {
            server: pool.server.clone(),
            cause: Box::new(error),
        };
        let connection = pool.connections.lend().await;
        let connection = connection.map_err(|error| failed(StatementError::from(error)))?;
        let roles = rls::roles(&*connection).await.map_err(failed)?;
        Ok(Self {
            connection,
            _connections: pool.connections,
            roles,
        })
    }

    /// The roles of row-level security, where it is enabled and this login can take them.
    pub fn roles(&self) -> Option<&Roles> {
        self.roles.as_ref()
    }

    /// Makes the partitions of the month of a time, as far as the login may.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn make_month_of(&mut self, time: OffsetDateTime) -> Result<(), StatementError> {
        partitions::make_month_of(&mut self.connection, time).await
    }
}

impl Deref for Unchecked {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.connection
    }
}

impl DerefMut for Unchecked {
    fn deref_mut(&mut self) -> &mut Object {
        &mut self.connection
    }
}
