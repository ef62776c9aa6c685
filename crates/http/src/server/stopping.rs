//! Stopping so that no request is lost.

use central_logger_http_connections::Door;
use std::time::Duration;
use tokio::{sync::watch, time::sleep};

/// How long requests under way may take when the server stops.
pub(super) const DRAIN: Duration = Duration::from_secs(25);

/// How long connections that are kept open are served when no new ones are taken any more. A proxy
/// that has been refused a connection sends its next requests elsewhere, also those for which it has
/// one open; until then it may use that, and one that ends at this moment takes a request with it.
const KEPT: Duration = Duration::from_millis(500);

/// Returns when no request is lost by stopping, some time after `stop` has returned. `began` is set first:
/// from then on the server is not ready, and each answer ends its connection. `delay` is the time that load
/// balancers have to notice.
pub(super) async fn without_loss(
    stop: impl Future<Output = ()>,
    began: watch::Sender<bool>,
    delay: Duration,
    door: Door,
) {
    stop.await;
    began.send_replace(true);
    tracing::info!("stopping: requests under way may finish");
    sleep(delay).await;
    door.shut().await;
    sleep(KEPT).await;
}
