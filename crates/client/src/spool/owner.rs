use std::{fmt, fs, os::unix::fs::MetadataExt, path::Path, str::FromStr};

/// The process that a segment belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Owner {
    pid: u32,
    /// When the process started, in the units of the system: ids are given again. 0 where it is unknown.
    start: u64,
    /// The namespace of process ids, which differs between containers. 0 where there is none.
    namespace: u64,
}

impl Owner {
    /// This process.
    pub(super) fn this() -> Self {
        let pid = std::process::id();
        let start = match Life::of(pid) {
            Life::Running { start } => start,
            Life::Over | Life::Unknown => 0,
        };
        let namespace = fs::metadata("/proc/self/ns/pid").map_or(0, |namespace| namespace.ino());
        Self {
            pid,
            start,
            namespace,
        }
    }

    /// Whether the process has certainly ended, as `this` process can tell.
    pub(super) fn is_gone(self, this: Self) -> bool {
        if self.namespace != this.namespace || self.pid == 0 {
            return false;
        }
        match Life::of(self.pid) {
            Life::Over => true,
            Life::Running { start } => self.start != 0 && start != self.start,
            Life::Unknown => false,
        }
    }
}

/// What the system knows of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Running { start: u64 },
    Over,
    Unknown,
}

impl Life {
    fn of(pid: u32) -> Self {
        if !Path::new("/proc/self/stat").exists() {
            return Self::by_signal(pid);
        }
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => Self::parse(&stat),
            Err(_) => Self::by_signal(pid),
        }
    }

    /// Reads a file `stat`: the name in parentheses may have blanks and parentheses.
    fn parse(stat: &str) -> Self {
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let mut fields = fields.split_ascii_whitespace();
        // A process that has ended, but nobody has asked how, writes nothing any more.
        if let Some("Z" | "X") = fields.next() {
            return Self::Over;
        }
        match fields.nth(18).and_then(|start| start.parse().ok()) {
            Some(start) => Self::Running { start },
            None => Self::Unknown,
        }
    }

    fn by_signal(pid: u32) -> Self {
        use rustix::{io::Errno, process};
        let pid = i32::try_from(pid).ok().and_then(process::Pid::from_raw);
        match pid.map(process::test_kill_process) {
            Some(Err(Errno::SRCH)) => Self::Over,
            Some(_) => Self::Running { start: 0 },
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.pid, self.start, self.namespace)
    }
}

/// A text that names no owner.
#[derive(Debug)]
pub(super) struct NoOwner;

impl FromStr for Owner {
    type Err = NoOwner;

    fn from_str(text: &str) -> Result<Self, NoOwner> {
        let mut parts = text.split('.');
        let mut part = || {
            parts
                .next()
                .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let owner = Self {
            pid: part().and_then(|pid| pid.parse().ok()).ok_or(NoOwner)?,
            start: part().and_then(|start| start.parse().ok()).ok_or(NoOwner)?,
            namespace: part()
                .and_then(|namespace| namespace.parse().ok())
                .ok_or(NoOwner)?,
        };
        parts.next().is_none().then_some(owner).ok_or(NoOwner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_read_back() {
        let this = Owner::this();
        assert_eq!(this.to_string().parse::<Owner>().unwrap(), this);
        for wrong in ["", "1", "1.2", "1.2.3.4", "a.2.3", "1..3", "+1.2.3"] {
            assert!(wrong.parse::<Owner>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_process_that_runs_is_not_gone() {
        let this = Owner::this();
        assert!(!this.is_gone(this));
        let elsewhere = Owner {
            pid: 999_999_999,
            namespace: this.namespace + 1,
            ..this
        };
        assert!(!elsewhere.is_gone(this), "it cannot be told");
    }

    #[test]
    fn a_process_that_has_ended_is_gone() {
        let this = Owner::this();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let ended = Owner {
            pid: child.id(),
            start: 0,
            ..this
        };
        child.wait().unwrap();
        assert!(ended.is_gone(this));
        let before = Owner {
            start: this.start + 1,
            ..this
        };
        assert!(before.is_gone(this), "the id was given again");
    }

    #[test]
    fn stat_is_read_past_odd_names() {
        let fields = "S 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1";
        assert_eq!(
            Life::parse(&format!("7 (a) b (c) {fields}")),
            Life::Running { start: 4711 }
        );
        let zombie = fields.replacen('S', "Z", 1);
        assert_eq!(Life::parse(&format!("7 (a) {zombie}")), Life::Over);
        assert_eq!(Life::parse("nonsense"), Life::Unknown);
    }
}
