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
        if self.is_due() {
            self.output.remark(&format!("{done} of {total}"));
        }
    }

    /// Tells it with a bar, and what is being done.
    pub(crate) fn tell_with_bar(&mut self, what: &str, done: u64, total: u64) {
        if self.is_due() {
            self.output.remark(&bar(what, done, total));
        }
    }

    fn is_due(&mut self) -> bool {
        let is_due = self.told.elapsed() >= Self::INTERVAL && io::stderr().is_terminal();
        if is_due {
            self.told = Instant::now();
        }
        is_due
    }
}

fn bar(what: &str, done: u64, total: u64) -> String {
    const WIDTH: u64 = 20;
    let part = |of: u64| done.saturating_mul(of) / total.max(1);
    let (full, percent) = (part(WIDTH).min(WIDTH), part(100).min(100));
    let bar: String = (0..WIDTH)
        .map(|place| if place < full { '#' } else { '.' })
        .collect();
    format!("[{bar}] {percent:3} % {what}: {done} of {total}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_much_is_done() {
        let told = bar("copying api_keys", 1, 4);
        assert_eq!(
            told,
            "[#####...............]  25 % copying api_keys: 1 of 4"
        );
        assert!(bar("x", 0, 0).contains("[....................]   0 %"));
        assert!(bar("x", u64::MAX, u64::MAX).contains("[#"));
    }
}
