//! The end of new connections.

use std::{
    io,
    net::TcpListener,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Where new connections come in, to be shut before those that have come in are ended.
pub struct Door(TcpListener);

/// How long the handshake of a connection may take that began before the door was being shut.
const HANDSHAKE: Duration = Duration::from_millis(200);

/// How long connections may wait to be accepted.
const ACCEPT: Duration = Duration::from_secs(5);

impl Door {
    /// Shares the socket of `listener`.
    ///
    /// # Errors
    /// When the system has no further file descriptor.
    pub fn of(listener: &TcpListener) -> io::Result<Self> {
        listener.try_clone().map(Self)
    }

    /// Lets all in who stand before it, and then refuses all others.
    ///
    /// A connection that waits to be accepted is reset when its listener closes, with the request
    /// that was sent over it. So new ones are ignored first: their side asks again a second later,
    /// and is refused then, or finds the next server.
    pub async fn shut(self) {
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
