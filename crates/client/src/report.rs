//! Reports on the program's own standard error: at most one line a minute.

use std::{
    io::Write,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const INTERVAL: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(crate) struct Reporter {
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    last: Option<Instant>,
    held_back: u64,
}

impl Reporter {
    /// Reports what happens now, unless another report was made within a minute.
    pub(crate) fn report(&self, text: &str) {
        if let Some(line) = self.line(text, Instant::now()) {
            print(&line);
        }
    }

    fn line(&self, text: &str, now: Instant) -> Option<String> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |last| now.saturating_duration_since(last) < INTERVAL;
        if told.last.is_some_and(is_early) {
            told.held_back += 1;
            return None;
        }
        told.last = Some(now);
        Some(told.tell(text))
    }
}

impl Told {
    fn tell(&mut self, text: &str) -> String {
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        match std::mem::take(&mut self.held_back) {
            0 => format!("central-logger: {text}\n"),
            count => format!("central-logger: {text} ({count} more reports held back)\n"),
        }
    }
}

/// A program without standard error goes on.
fn print(line: &str) {
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_minute_tells_how_many_were_held_back() {
        let reporter = Reporter::default();
        let start = Instant::now();
        let line_after = |seconds| reporter.line("a\nb", start + Duration::from_secs(seconds));
        assert_eq!(line_after(0).as_deref(), Some("central-logger: a b\n"));
        assert_eq!(line_after(1), None);
        assert_eq!(line_after(59), None);
        let told = line_after(60);
        assert_eq!(
            told.as_deref(),
            Some("central-logger: a b (2 more reports held back)\n")
        );
    }
}
