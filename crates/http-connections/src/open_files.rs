//! Room for many connections, as far as the operating system gives it.

/// Raises the soft limit of open files to the hard one, which is the administrator's.
///
/// Each connection is an open file, and the usual soft limit of 1024 is there for programs that call
/// `select(2)`, which cannot tell larger ones apart; this one does not. With it, a thousand
/// connections that send nothing would keep all others out.
#[cfg(unix)]
pub fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, limit = limit.current, "the limit of open files cannot be raised");
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn raise_limit() {}

/// Returns how many connections may be open at a time: all files that may be, but for those that are needed beside.
#[cfg(unix)]
pub fn max_connections() -> usize {
    use rustix::process::{Resource, getrlimit};
    let files = getrlimit(Resource::Nofile).current;
    let files = files.map_or(usize::MAX, |files| {
        usize::try_from(files).unwrap_or(usize::MAX)
    });
    files
        .saturating_sub(OTHER_FILES)
        .max(MOST_CONNECTIONS_AT_LEAST)
}

/// Returns how many connections may be open at a time.
#[cfg(not(unix))]
pub fn max_connections() -> usize {
    usize::MAX
}

/// Files of the database, of the log and of the runtime.
#[cfg(unix)]
const OTHER_FILES: usize = 96;
#[cfg(unix)]
const MOST_CONNECTIONS_AT_LEAST: usize = 16;
