use crate::{OperationError, Operations};
use central_logger_block_store::{Sealed, Sealer, Which};
use central_logger_keys::ClientId;

impl Operations {
    /// Puts all logs that can be sealed into blocks, of one client or of all, and returns when it is done.
    /// Nobody who reads logs sees a difference.
    ///
    /// # Errors
    /// When the store fails. What was sealed until then stays so.
    pub async fn seal_logs(
        &self,
        sealer: &Sealer,
        client: Option<&ClientId>,
    ) -> Result<Sealed, OperationError> {
        self.caller.check_provider_writes()?;
        Ok(match client {
            Some(client) => sealer.seal(client, Which::All).await?,
            None => sealer.seal_all(Which::All).await?,
        })
    }
}
