//! Room for many connections, as far as the operating system gives it.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Raises the soft limit of open files to the hard one, which is the administrator's.
///
/// Each connection is an open file, and the usual soft limit of 1024 is there for programs that call
/// `select(2)`, which cannot tell larger ones apart; this one does not. With it, a thousand
/// connections that send nothing would keep all others out.
#[cfg(unix)]
pub(crate) fn raise_limit() {
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
pub(crate) fn raise_limit() {}

/// How many connections may be open at a time: all files that may be, but for those that are needed beside.
#[cfg(unix)]
pub(crate) fn most_connections() -> usize {
    use rustix::process::{Resource, getrlimit};
    let files = getrlimit(Resource::Nofile).current;
    let files = files.map_or(usize::MAX, |files| {
        usize::try_from(files).unwrap_or(usize::MAX)
    });
    files
        .saturating_sub(OTHER_FILES)
        .max(MOST_CONNECTIONS_AT_LEAST)
}

/// How many connections may be open at a time.
#[cfg(not(unix))]
pub(crate) fn most_connections() -> usize {
    usize::MAX
}

/// Files of the database, of the log and of the runtime.
#[cfg(unix)]
const OTHER_FILES: usize = 96;
#[cfg(unix)]
const MOST_CONNECTIONS_AT_LEAST: usize = 16;

/// Listens with a line of waiting connections as long as the system allows.
///
/// The standard library's line has room for 128. In a rush of connections, those beyond that are dropped, and
/// their clients try again after a second or more.
pub(crate) fn listen(bind: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(bind)?;
    // The system cuts it to what it allows, such as net.core.somaxconn.
    #[cfg(unix)]
    rustix::net::listen(&listener, i32::MAX)?;
    Ok(listener)
}

/// Where new connections come in, to be shut before those that have come in are ended.
pub(crate) struct Door(TcpListener);

/// How long the handshake of a connection may take that began before the door was being shut.
const HANDSHAKE: Duration = Duration::from_millis(200);

/// How long connections may wait to be accepted.
const ACCEPT: Duration = Duration::from_secs(5);

impl Door {
    /// That of `listener`, whoever accepts there.
    pub(crate) fn of(listener: &TcpListener) -> io::Result<Self> {
        listener.try_clone().map(Self)
    }

    /// Lets all in who stand before it, and then refuses all others.
    ///
    /// A connection that waits to be accepted is reset when its listener closes, with the request
    /// that was sent over it. So new ones are ignored first: their side asks again a second later,
    /// and is refused then, or finds the next server.
    pub(crate) async fn shut(self) {
        if let Err(error) = self.ignore_new() {
            tracing::debug!(%error, "connections that come in now may be reset");
        }
        sleep(HANDSHAKE).await;
        let began = Instant::now();
        while self.has_waiting() && began.elapsed() < ACCEPT {
            sleep(Duration::from_millis(5)).await;
        }
        if let Err(error) = self.refuse_new() {
            tracing::debug!(%error, "connections are taken until the server ends");
        }
    }

    /// Drops the first packet of each new connection, and no other.
    #[cfg(target_os = "linux")]
    fn ignore_new(&self) -> io::Result<()> {
        use socket2::{SockFilter, SockRef};
        // Of the classic BPF: <linux/bpf_common.h>. What is loaded from is a TCP header.
        const LOAD_BYTE: u16 = 0x30;
        const AND: u16 = 0x54;
        const JUMP_IF_EQUAL: u16 = 0x15;
        const RETURN: u16 = 0x06;
        const FLAGS: u32 = 13;
        const SYN_ACK: u32 = 0x12;
        const SYN: u32 = 0x02;
        SockRef::from(&self.0).attach_filter(&[
            SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
            SockFilter::new(AND, 0, 0, SYN_ACK),
            SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
            SockFilter::new(RETURN, 0, 0, 0),
            SockFilter::new(RETURN, 0, 0, u32::MAX),
        ])
    }

    #[cfg(not(target_os = "linux"))]
    fn ignore_new(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether a connection waits to be accepted.
    #[cfg(unix)]
    fn has_waiting(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&at_once))
            .is_ok_and(|ready| ready > 0)
    }

    #[cfg(not(unix))]
    fn has_waiting(&self) -> bool {
        false
    }

    #[cfg(unix)]
    fn refuse_new(&self) -> io::Result<()> {
        Ok(rustix::net::shutdown(&self.0, rustix::net::Shutdown::Read)?)
    }

    #[cfg(not(unix))]
    fn refuse_new(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
