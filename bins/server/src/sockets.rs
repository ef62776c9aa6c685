//! Room for many connections, as far as the operating system gives it.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

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
