//! Which programs can read blocks of logs.

use crate::{
    error::StatementError,
    migrations::{self, HISTORY},
};
use deadpool_postgres::GenericClient;

/// The version of the schema that the programs know which read all blocks, and wait for those who write them.
const READS_BLOCKS: i32 = 23;

/// Makes sure that only programs read this database that can read blocks, from the commit of this transaction on.
/// Returns false when a server is left, or was within its lease, that cannot.
///
/// # Errors
/// When the database does not answer or refuses.
pub async fn need_programs_with_blocks(
    client: &impl GenericClient,
) -> Result<bool, StatementError> {
    let raised = client.query(migrations::LATEST, &[]).await?;
    let raised = raised.first().map(|row| row.try_get::<_, i32>(1));
    if raised.transpose()?.is_some_and(|from| from >= READS_BLOCKS) {
        return Ok(true);
    }
    // Nobody renews a lease before the schema says who may.
    let lock = "LOCK TABLE server_lease IN SHARE MODE";
    client.batch_execute(lock).await?;
    let others = "SELECT EXISTS (SELECT FROM server_lease
                                 WHERE expires_at > clock_timestamp() AND coalesce(knows, 0) < $1)";
    if client
        .query_one(others, &[&READS_BLOCKS])
        .await?
        .try_get(0)?
    {
        return Ok(false);
    }
    let raise = format!(
        "UPDATE {HISTORY} SET compatible_from = $1
         WHERE version = (SELECT max(version) FROM {HISTORY})"
    );
    client.execute(&raise, &[&READS_BLOCKS]).await?;
    Ok(true)
}

/// The version of the schema that this program knows.
pub const KNOWN: u32 = migrations::MIGRATIONS.known();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_read_blocks_know_the_migration_that_makes_room_for_them() {
        let number = usize::try_from(READS_BLOCKS).unwrap();
        let migration = &migrations::MIGRATIONS.0[number - 1];
        assert!(
            migration.name.ends_with("_fresh_blocks"),
            "{}",
            migration.name
        );
    }
}
