//! Reports of what goes wrong: lines on the program's own standard error, unless it receives them itself.

use crate::{clock, counters::Counters};
use std::{
    fmt,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

const INTERVAL: Duration = Duration::from_secs(60);

/// The lines of this process, however many clients it has. There is no lock: a child of `fork` might find one held
/// that nobody releases.
static LINES: Lines = Lines::new();

/// What goes wrong with entries, and how to fix it.
///
/// # Examples
///
/// ```
/// use central_logger_client::{Client, Entry};
///
/// // Nobody listens there.
/// let client = Client::builder()
///     .url("http://127.0.0.1:9")
///     .key("cl_test_example")
///     .on_report(|report| assert!(report.is_tried_again, "{}", report.text))
///     .build();
/// client.log(Entry::new("done"));
/// # client.close(std::time::Duration::ZERO);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report<'a> {
    /// One sentence, without a key in it.
    pub text: &'a str,
    /// Whether it is about a request that is made again: nothing is wrong any more once all is delivered.
    pub is_tried_again: bool,
}

type Receiver = dyn Fn(Report<'_>) + Send + Sync;

/// Where the reports of a client go: to standard error, unless the program has named a receiver.
#[derive(Clone, Default)]
pub(crate) struct Reporter(Option<Arc<Receiver>>);

impl Reporter {
    pub(crate) fn to(receiver: impl Fn(Report<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(receiver)))
    }

    /// Reports what happens now. Standard error gets it unless it got another report within a minute.
    pub(crate) fn report(&self, text: &str) {
        self.give(text, false, None);
    }

    /// The same with the counts of entries, some of which are lost.
    pub(crate) fn report_loss(&self, text: &str, counters: &Counters) {
        self.give(text, false, Some(counters));
    }

    /// The same about a request that is made again.
    pub(crate) fn report_failure(&self, text: &str, counters: &Counters) {
        self.give(text, true, Some(counters));
    }

    /// Says at the end what was lost, whatever was said within a minute: nothing comes later that could tell what was
    /// held back. A receiver was told everything, and asks for the counts.
    pub(crate) fn report_last(&self, text: &str, counters: &Counters) {
        if self.0.is_none() {
            let text = format!("{text}; at the end, {}", counters.told());
            print(&LINES.of_this_process().last_line(&text, clock::uptime()));
        }
    }

    fn give(&self, text: &str, is_tried_again: bool, counters: Option<&Counters>) {
        let Some(receiver) = &self.0 else {
            let counts = counters.map(|counters| format!("; {}", counters.told()));
            let text = format!("{text}{}", counts.unwrap_or_default());
            if let Some(line) = LINES.of_this_process().line(&text, clock::uptime()) {
                print(&line);
            }
            return;
        };
        let text = &plain(text);
        receiver(Report {
            text,
            is_tried_again,
        });
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "to standard error",
            Some(_) => "to a receiver",
        })
    }
}

/// Lines on standard error, at most one a minute.
#[derive(Debug)]
struct Lines {
    /// The process that has printed them. A child of `fork` begins anew.
    process: AtomicU32,
    /// The time of the next line at the earliest, in milliseconds of [`clock::uptime`].
    next: AtomicU64,
    held_back: AtomicU64,
}

impl Lines {
    const fn new() -> Self {
        Self {
            process: AtomicU32::new(0),
            next: AtomicU64::new(0),
            held_back: AtomicU64::new(0),
        }
    }

    fn of_this_process(&self) -> &Self {
        self.of_process(std::process::id())
    }

    fn of_process(&self, process: u32) -> &Self {
        if self.process.swap(process, Ordering::AcqRel) != process {
            self.next.store(0, Ordering::Release);
            self.held_back.store(0, Ordering::Release);
        }
        self
    }

    /// The line to print now, unless it is too early.
    fn line(&self, text: &str, now: Duration) -> Option<String> {
        let is_late = |next| (Duration::from_millis(next) <= now).then_some(after(now));
        let claimed = self
            .next
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, is_late);
        if claimed.is_err() {
            self.held_back.fetch_add(1, Ordering::AcqRel);
            return None;
        }
        Some(self.tell(text))
    }

    /// The line to print now, however early it is.
    fn last_line(&self, text: &str, now: Duration) -> String {
        self.next.store(after(now), Ordering::Release);
        self.tell(text)
    }

    fn tell(&self, text: &str) -> String {
        let text = plain(text);
        match self.held_back.swap(0, Ordering::AcqRel) {
            0 => format!("central-logger: {text}\n"),
            count => format!("central-logger: {text} ({count} more reports held back)\n"),
        }
    }
}

/// When the next line may come after one.
fn after(now: Duration) -> u64 {
    u64::try_from((now + INTERVAL).as_millis()).unwrap_or(u64::MAX)
}

/// A text on one line.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A program without standard error goes on.
fn print(line: &str) {
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long after the start of the machine, and not at a whole millisecond.
    fn after_seconds(seconds: u64) -> Duration {
        Duration::from_micros(4_711_000_333) + Duration::from_secs(seconds)
    }

    #[test]
    fn one_line_a_minute_tells_how_many_were_held_back() {
        let lines = Lines::new();
        let line_after = |seconds| lines.line("a\nb", after_seconds(seconds));
        assert_eq!(line_after(0).as_deref(), Some("central-logger: a b\n"));
        assert_eq!(line_after(1), None);
        assert_eq!(line_after(59), None);
        let told = line_after(60);
        assert_eq!(
            told.as_deref(),
            Some("central-logger: a b (2 more reports held back)\n")
        );
    }

    #[test]
    fn the_last_line_is_never_held_back() {
        let lines = Lines::new();
        lines.line("away", after_seconds(0));
        assert_eq!(lines.line("full", after_seconds(1)), None);
        assert_eq!(
            lines.last_line("lost", after_seconds(2)),
            "central-logger: lost (1 more reports held back)\n"
        );
        assert_eq!(lines.line("away", after_seconds(61)), None, "it counts");
        assert!(lines.line("away", after_seconds(62)).is_some());
    }

    #[test]
    fn a_child_begins_anew() {
        let lines = Lines::new();
        let line_of = |process| lines.of_process(process).line("a", after_seconds(0));
        assert!(line_of(1).is_some());
        assert_eq!(line_of(1), None);
        assert_eq!(line_of(2).as_deref(), Some("central-logger: a\n"));
    }

    #[test]
    fn a_receiver_gets_every_report() {
        let got = Arc::new(std::sync::Mutex::new(Vec::new()));
        let all = Arc::clone(&got);
        let reporter = Reporter::to(move |report| {
            all.lock()
                .unwrap()
                .push((report.text.to_owned(), report.is_tried_again));
        });
        let counters = Counters::default();
        reporter.report("a\nb");
        reporter.report_failure("away", &counters);
        reporter.report_loss("full", &counters);
        reporter.report_last("full", &counters);
        let expected = [("a b", false), ("away", true), ("full", false)];
        let expected = expected.map(|(text, is_tried_again)| (text.to_owned(), is_tried_again));
        assert_eq!(*got.lock().unwrap(), expected);
    }
}
