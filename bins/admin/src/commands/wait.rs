//! Waiting until every server goes by what was changed.

use crate::{args::WaitArgs, context::Context, error::AdminError};
use central_logger_key_store::KeyStoreError;
use std::{fmt, time::Duration};
use tokio::{pin, select, time::sleep};

/// How long it took, if anybody waited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waited(Option<Duration>);

/// When people are told what they are waiting for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits, unless told not to.
pub(crate) async fn wait(
    context: &Context<'_>,
    everywhere: impl Future<Output = Result<Duration, KeyStoreError>>,
    args: &WaitArgs,
) -> Result<Waited, AdminError> {
    if args.no_wait {
        return Ok(Waited(None));
    }
    pin!(everywhere);
    let waited = select! {
        waited = &mut everywhere => waited,
        () = sleep(PATIENCE) => {
            let remark = "Waiting for a server that does not answer, until its lease has run out …";
            context.output.remark(remark);
            everywhere.await
        }
    };
    let waited = waited.map_err(AdminError::NotSeenEverywhere)?;
    Ok(Waited(Some(waited)))
}

impl Waited {
    /// For `waited_ms`; 0 when nobody waited.
    pub(crate) fn milliseconds(self) -> u128 {
        self.0.unwrap_or_default().as_millis()
    }
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(_) => write!(f, "Every server knows ({} ms).", self.milliseconds()),
            None => f.write_str("Servers will know in a moment."),
        }
    }
}
