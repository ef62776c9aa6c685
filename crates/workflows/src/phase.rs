/// What an entry says of its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has begun.
    Begun,
    /// It does something.
    Line,
    /// It has ended.
    Ended { failed: bool },
}

const BEGUN: [&str; 3] = ["RUNNING", "STARTED", "IN_PROGRESS"];
const LINES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING"];

/// The statuses that are failures unless a monitor names others.
pub const FAILED: [&str; 7] = [
    "FAILED", "FAILURE", "ERROR", "CRITICAL", "FATAL", "TIMEOUT", "CRASHED",
];

impl Phase {
    /// Case does not matter. A status that is unknown is one of success.
    pub(crate) fn of(status: &str, failed: &[String]) -> Self {
        let is = |known: &str| status.eq_ignore_ascii_case(known);
        if failed.iter().any(|known| is(known)) {
            return Self::Ended { failed: true };
        }
        if BEGUN.into_iter().any(is) {
            return Self::Begun;
        }
        if LINES.into_iter().any(is) {
            return Self::Line;
        }
        Self::Ended { failed: false }
    }
}

/// Returns the statuses that are failures unless a monitor names others.
pub(crate) fn failed_by_default() -> Vec<String> {
    FAILED.map(str::to_owned).to_vec()
}
