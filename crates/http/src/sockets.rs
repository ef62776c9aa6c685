//! The sockets of a server.

use crate::error::ServerError;
use central_logger_settings::{Listening, TlsFiles};
use rustls::ServerConfig;
use std::{
    io,
    net::{SocketAddr, TcpListener},
};

/// The sockets of a server. All of them are bound before anything is written, so that a start that fails
/// has done nothing.
///
/// # Examples
///
/// ```
/// use central_logger_http::Sockets;
/// use central_logger_settings::{Environment, Flags, Listening};
///
/// let flags = Flags::default().with("--bind", ["127.0.0.1:0".to_owned()]);
/// let listening = Listening::read(&Environment::read(None)?.with_flags(flags))?;
/// let sockets = Sockets::bind(&listening)?;
/// assert_ne!(sockets.address().port(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sockets {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<ServerConfig>,
    pub(crate) metrics: Option<TcpListener>,
}

impl Sockets {
    /// Binds what the settings name, and reads the certificate.
    ///
    /// # Errors
    /// When an address is taken, the certificate cannot be used, or API keys would travel over plain
    /// HTTP.
    pub fn bind(listening: &Listening) -> Result<Self, ServerError> {
        let bind = listening.bind;
        let is_plain = listening.tls.is_none() && !listening.behind_tls_proxy;
        if is_plain && !bind.ip().is_loopback() {
            return Err(ServerError::PlainBeyondLoopback(bind));
        }
        let tls = listening.tls.as_ref().map(TlsFiles::load);
        let tls = tls.transpose()?;
        let failed = |error: io::Error| ServerError::Bind(bind, error);
        let listener = listen(bind).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let metrics = listening.metrics_bind.map(|bind| {
            TcpListener::bind(bind).map_err(|error| ServerError::MetricsBind(bind, error))
        });
        Ok(Self {
            listener,
            address,
            tls,
            metrics: metrics.transpose()?,
        })
    }

    /// Returns the address of the server, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Listens with a line of waiting connections as long as the system allows.
///
/// The standard library's line has room for 128. In a rush of connections, those beyond that are dropped, and
/// their clients try again after a second or more.
fn listen(bind: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(bind)?;
    // The system cuts it to what it allows, such as net.core.somaxconn.
    #[cfg(unix)]
    rustix::net::listen(&listener, i32::MAX)?;
    Ok(listener)
}
