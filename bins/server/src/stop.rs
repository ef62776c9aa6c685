//! Being told to stop, and stopping so that no request is lost.

use crate::sockets::Door;
use std::{io, process, thread, time::Duration};
use tokio::{sync::watch, time::sleep};

/// How long requests under way may take when the server stops.
pub(crate) const DRAIN: Duration = Duration::from_secs(25);

/// How long stopping may take in all, after the delay.
const LIMIT: Duration = Duration::from_secs(30);

/// How long connections that are kept open are served when no new ones are taken any more. A proxy
/// that has been refused a connection sends its next requests elsewhere, also those for which it has
/// one open; until then it may use that, and one that ends at this moment takes a request with it.
const KEPT: Duration = Duration::from_millis(500);

/// How the process is told to stop: by SIGTERM or SIGINT.
pub(crate) struct Stop {
    delay: Duration,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    pub(crate) fn listen(delay: Duration) -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            delay,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Returns when the process is told to stop. From then on it ends in time, whatever hangs.
    pub(crate) async fn told(&mut self) {
        self.signal().await;
        let limit = self.delay + LIMIT;
        thread::spawn(move || {
            thread::sleep(limit);
            tracing::error!("stopping took too long: requests under way are broken off");
            process::exit(1);
        });
    }

    #[cfg(unix)]
    async fn signal(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn signal(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be received");
            std::future::pending::<()>().await;
        }
    }

    /// Returns when the process was told to stop and nobody is lost by that. `began` is told first:
    /// from then on the server is not ready, and each answer ends its connection.
    pub(crate) async fn without_loss(mut self, began: watch::Sender<bool>, door: Door) {
        self.told().await;
        began.send_replace(true);
        tracing::info!("stopping: requests under way may finish");
        sleep(self.delay).await;
        door.shut().await;
        sleep(KEPT).await;
    }
}
