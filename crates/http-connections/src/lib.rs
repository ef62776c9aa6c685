#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod admission;
mod connection;
mod door;
mod open_files;
mod watched;

pub use admission::{Admission, Admitted, NoRoom, Room};
pub use connection::{Answering, Connection};
pub use door::Door;
pub use open_files::{max_connections, raise_limit};

use actix_http::{HttpService, Protocol, Request, error::DispatchError};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{AppConfig, Server, ServiceRequest, ServiceResponse},
};
use central_logger_auth::Flood;
use central_logger_times::{Clock, SystemClock};
use rustls::ServerConfig;
use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsAcceptor;
use watched::{Stream, Watched};

/// How long the handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long what is left of a refused body is read and dropped, and an end of a connection waited for.
const LINGER: Duration = Duration::from_secs(2);

/// Where connections come from, and when that ends.
pub struct Opening<S> {
    /// The socket that they come in at.
    pub listener: TcpListener,
    /// The certificate, unless they are plain.
    pub tls: Option<ServerConfig>,
    /// How many there may be.
    pub admission: Admission,
    /// How long a connection is kept for a further request.
    pub keep_alive: Duration,
    /// Ends when no more are to be taken.
    pub stop: S,
    /// How long requests under way may take then.
    pub drain: Duration,
}

/// Serves `app` to all connections that are let in.
///
/// # Errors
/// When the socket cannot be used.
pub fn serve<S, F, T, B>(opening: Opening<S>, app: F) -> io::Result<Server>
where
    S: Future<Output = ()> + Send + 'static,
    F: Fn() -> App<T> + Send + Clone + 'static,
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let builder = Server::build()
        .shutdown_timeout(opening.drain.as_secs())
        .shutdown_signal(opening.stop);
    let stopping = builder.graceful_shutdown_signal();
    let (admission, keep_alive) = (opening.admission, opening.keep_alive);
    let tls = opening.tls.map(|mut config| {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    });
    let factory = move || {
        let stopping = stopping.clone();
        let app = app().into_factory();
        let app = app.map_err(|error: Error| error.error_response());
        let http = HttpService::build()
            .keep_alive(keep_alive)
            .client_disconnect_timeout(LINGER)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .expect(fn_service(hold_body_back))
            .on_connect_ext(|stream: &Watched, data| {
                data.insert(stream.connection());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        let (admission, tls) = (admission.clone(), tls.clone());
        fn_service(move |stream| admit(stream, admission.clone(), tls.clone())).and_then(http)
    };
    Ok(builder
        .listen("central-logger", opening.listener, factory)?
        .run())
}

/// A connection that is let in, after its handshake.
async fn admit(
    stream: TcpStream,
    admission: Admission,
    tls: Option<TlsAcceptor>,
) -> Result<(Watched, Protocol, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr().map_err(DispatchError::Io)?;
    let admitted = admission.enter(peer.ip()).map_err(|no_room| {
        tell_refused(peer, &no_room);
        DispatchError::Io(io::Error::other(no_room))
    })?;
    stream.set_nodelay(true).map_err(DispatchError::Io)?;
    let stream = match tls {
        None => Stream::Plain(stream),
        Some(tls) => {
            let shaken = timeout(HANDSHAKE, tls.accept(stream)).await;
            let shaken = shaken.map_err(|_| DispatchError::SlowRequestTimeout)?;
            Stream::Tls(Box::new(shaken.map_err(DispatchError::Io)?))
        }
    };
    Ok((Watched::new(stream, admitted), Protocol::Http1, Some(peer)))
}

/// Notes that the client waits with the body until it is invited to send it.
async fn hold_body_back(request: Request) -> Result<Request, Error> {
    if let Some(connection) = request.conn_data::<Connection>() {
        connection.expect();
    }
    Ok(request)
}

/// Not each in a flood.
fn tell_refused(peer: SocketAddr, reason: &dyn fmt::Display) {
    static FLOOD: LazyLock<Flood> = LazyLock::new(Flood::new);
    let (may_write, left_out) = FLOOD.take(SystemClock.now());
    if left_out > 0 {
        tracing::warn!(left_out, "more connections were refused than are logged");
    }
    if may_write {
        tracing::warn!(address = %peer.ip(), %reason, "connection refused");
    }
}
