//! Waiting until all servers apply a change.

use crate::{args::WaitArgs, context::Context, error::AdminError};
use central_logger_operations::OperationError;
use std::{fmt, time::Duration};
use tokio::{pin, select, time::sleep};

/// How long it took until all servers applied a change, if anybody waited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waited(Option<Duration>);

/// How long to wait silently.
const PATIENCE: Duration = Duration::from_secs(1);

/// Waits, unless told not to.
pub(crate) async fn wait(
    context: &Context<'_>,
    everywhere: impl Future<Output = Result<Duration, OperationError>>,
    args: &WaitArgs,
) -> Result<Waited, AdminError> {
    if args.no_wait {
        return Ok(Waited(None));
    }
    pin!(everywhere);
    let waited = select! {
        waited = &mut everywhere => waited,
        () = sleep(PATIENCE) => {
            let remark = "Waiting for a server that does not answer, until its lease has expired …";
            context.output.remark(remark);
            everywhere.await
        }
    };
    Ok(Waited(Some(waited?)))
}

impl Waited {
    /// For `waited_ms`; zero when nobody waited.
    pub(crate) fn duration(self) -> Duration {
        self.0.unwrap_or_default()
    }
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(waited) => write!(f, "Applied on all servers ({} ms).", waited.as_millis()),
            None => f.write_str("Not waiting for servers to apply it."),
        }
    }
}
