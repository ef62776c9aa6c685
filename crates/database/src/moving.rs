//! Moving all of a database to another one.

use crate::{
    Database, DatabaseError, DatabaseUrl, MoveError, MoveProgress, MoveSummary, OpenOptions,
};
use central_logger_database_move::{RawError, Side, Unfollowed, move_all};
use central_logger_log_store::store::Position;
use central_logger_times::{Clock, SystemClock};
use central_logger_workflow_follower::followed_to;
use central_logger_workflows::DocumentKind;

impl DatabaseUrl {
    /// Copies all that this database has into another one, which is new or empty, and compares both. When that was
    /// interrupted, it is called again. Until it ends, no program works with the target.
    ///
    /// # Errors
    /// When servers are at work, the target holds something else, a database fails, or the copy is not the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use central_logger_database::DatabaseUrl;
    /// # let files = tempfile::tempdir()?;
    /// # let url = |name| format!("sqlite:{}", files.path().join(name).display());
    /// # let (old, new) = (url("old.db"), url("new.db"));
    /// # central_logger_database::open(&old).await?.migrate().await?;
    ///
    /// let (old, new): (DatabaseUrl, DatabaseUrl) = (old.parse()?, new.parse()?);
    /// let moved = old.move_to(&new, &mut |_| {}).await?;
    /// assert!(moved.tables.iter().any(|moved| moved.table == "api_keys" && moved.rows == 0));
    /// assert!(old.move_to(&new, &mut |_| {}).await?.was_there);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn move_to(
        &self,
        target: &Self,
        progress: &mut (dyn FnMut(MoveProgress) + Send),
    ) -> Result<MoveSummary, MoveError> {
        if self == target {
            return Err(MoveError::Same);
        }
        if let Some(path) = self.file_to_create() {
            return Err(MoveError::NoSource(path));
        }
        let failed = failed(Side::Source);
        let source = self.open(&OpenOptions::default()).await.map_err(&failed)?;
        let pending = source.pending_migrations().await.map_err(&failed)?;
        if !pending.is_empty() {
            return Err(MoveError::Outdated(Side::Source));
        }
        let unfollowed = unfollowed(&*source).await;
        let unfollowed = unfollowed.map_err(MoveError::of(Side::Source))?;
        let mut from = self.open_tables().await.map_err(&failed)?;
        drop(source);
        prepare(target).await?;
        let to = target.open_tables().await;
        let mut to = to.map_err(self::failed(Side::Target))?;
        move_all(
            &mut *from,
            &mut *to,
            unfollowed,
            SystemClock.now(),
            progress,
        )
        .await
    }
}

fn failed(side: Side) -> impl Fn(DatabaseError) -> MoveError {
    move |error| MoveError::of(side)(error.into())
}

/// Gives a new database its schema.
async fn prepare(target: &DatabaseUrl) -> Result<(), MoveError> {
    let failed = failed(Side::Target);
    let database = match target.open(&OpenOptions::default()).await {
        Ok(database) => database,
        Err(error) => {
            // A move that was interrupted has closed it to all others.
            let is_closed = is_being_moved_into(target).await.unwrap_or(false);
            return match is_closed {
                true => Ok(()),
                false => Err(failed(error)),
            };
        }
    };
    if database.is_new().await.map_err(&failed)? {
        database.migrate().await.map_err(&failed)?;
        return database.finish_migration().await.map_err(&failed);
    }
    let pending = database.pending_migrations().await.map_err(&failed)?;
    match pending.is_empty() {
        true => Ok(()),
        false => Err(MoveError::Outdated(Side::Target)),
    }
}

async fn is_being_moved_into(target: &DatabaseUrl) -> Result<bool, RawError> {
    let mut tables = target.open_tables().await?;
    Ok(tables.look(SystemClock.now()).await?.mark.is_some())
}

/// Returns the entries that no server has followed yet. What comes first in the target is followed there.
async fn unfollowed(source: &dyn Database) -> Result<Unfollowed, RawError> {
    let (workflows, logs) = (source.workflows(), source.logs());
    let mut unfollowed = Unfollowed::new();
    let Some(followed) = followed_to(&*workflows).await? else {
        return Ok(unfollowed);
    };
    let (clients, _) = source.log_pruner().clients_since(&followed).await?;
    for client in clients {
        let place = workflows.find(&client, DocumentKind::Place, "").await?;
        let mut position =
            place.map_or_else(|| followed.clone(), |place| Position::new(place.body));
        let (mut ids, mut has_more) = (Vec::new(), true);
        while has_more {
            let arrivals = logs.arrivals(&client, &position).await?;
            for id in &arrivals.ids {
                ids.extend_from_slice(id.as_uuid().as_bytes());
            }
            (position, has_more) = (arrivals.position, arrivals.has_more);
        }
        if !ids.is_empty() {
            unfollowed.insert(client.as_str().to_owned(), ids);
        }
    }
    Ok(unfollowed)
}
