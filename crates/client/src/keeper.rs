//! The thread that looks after a spool while the sender waits for answers.

use crate::pipeline::Pipeline;
use std::{sync::Arc, time::Duration};

/// Others take segments that were not touched for 60 seconds.
const TEND_EVERY: Duration = Duration::from_secs(8);

/// Looks after the spool until the client is closed.
pub(crate) fn keep(pipeline: &Arc<Pipeline>) {
    loop {
        pipeline.queue.tend();
        // The sender looks at what was taken over.
        pipeline.order(|_| {});
        if !pipeline.pause(TEND_EVERY) {
            return;
        }
    }
}
