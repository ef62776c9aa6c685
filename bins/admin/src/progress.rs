use crate::output::Output;
use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

/// Tells on a terminal how far a long command has come, now and then.
pub(crate) struct Progress {
    output: Output,
    told: Instant,
}

impl Progress {
    const INTERVAL: Duration = Duration::from_secs(1);

    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            told: Instant::now(),
        }
    }

    pub(crate) fn tell(&mut self, done: usize, total: usize) {
        if self.told.elapsed() >= Self::INTERVAL && io::stderr().is_terminal() {
            self.told = Instant::now();
            self.output.remark(&format!("{done} of {total}"));
        }
    }
}
