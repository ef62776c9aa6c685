//! How the process is told to stop: by SIGTERM or SIGINT.

use std::{io, process, thread, time::Duration};

/// How long stopping may take in all, after the delay.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct StopSignals {
    delay: Duration,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignals {
    /// `delay` is how long the server goes on taking connections when it is told to stop.
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
    pub(crate) async fn received(&mut self) {
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
}
