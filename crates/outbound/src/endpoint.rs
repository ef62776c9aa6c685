use crate::{EgressPolicy, EndpointError, SendError, addresses::is_public};
use http::{
    HeaderValue, Request, Response,
    header::{CONNECTION, HOST, USER_AGENT},
    response::Parts,
};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use std::{
    convert::Infallible,
    error::Error,
    fmt,
    future::pending,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::TlsConnector;
use url::{Host, Position, Url};

/// The most bytes that are held of the head of an answer.
const MAX_HEAD: usize = 16 * 1024;

/// An origin to which requests are sent, and how to connect to it. Redirects are not followed, and nothing
/// goes through a proxy. It sets no limit of time: the caller does.
///
/// `Debug` shows scheme, host and port.
///
/// # Examples
///
/// ```
/// use central_logger_outbound::{EgressPolicy, Endpoint};
///
/// let endpoint = Endpoint::new(&"https://vault.example.com:8200/v1".parse()?, EgressPolicy::PublicOnly)?;
/// assert_eq!(endpoint.origin(), "https://vault.example.com:8200");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Endpoint {
    /// Scheme, host, and port if it is not that of the scheme.
    origin: String,
    host: Host,
    port: u16,
    host_header: HeaderValue,
    egress: EgressPolicy,
    tls: Option<Tls>,
}

struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Endpoint {
    /// Returns the endpoint at the origin of this URL. For HTTPS, reads the authorities that the system
    /// trusts, or those of the file that `SSL_CERT_FILE` names, without yielding.
    ///
    /// # Errors
    /// When nothing can be sent to such a URL.
    pub fn new(url: &Url, egress: EgressPolicy) -> Result<Self, EndpointError> {
        let default_port = match (url.scheme(), egress) {
            ("https", _) => 443,
            ("http", EgressPolicy::Anywhere) => 80,
            _ => return Err(EndpointError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Userinfo);
        }
        let host = url.host().ok_or(url::ParseError::EmptyHost);
        let host = host.map_err(malformed)?.to_owned();
        if egress == EgressPolicy::PublicOnly && is_never_public(&host) {
            return Err(EndpointError::NotPublic);
        }
        let host_header = &url[Position::BeforeHost..Position::AfterPort];
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            port: url.port().unwrap_or(default_port),
            host_header: host_header.parse().map_err(malformed)?,
            egress,
            tls: match url.scheme() {
                "https" => Some(Tls::new(&host)?),
                _ => None,
            },
            host,
        })
    }

    /// Returns scheme, host, and port if it is not that of the scheme.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the value of the header `Host`, as requests to this endpoint have it.
    pub fn host(&self) -> &HeaderValue {
        &self.host_header
    }

    /// Sends a request, whose URI is a path and a query, over a connection of its own, which ends with it or
    /// when this future is dropped. Nothing is read of the answer but its head.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send_for_head(&self, request: Request<String>) -> Result<Parts, SendError> {
        self.exchange(request, async |answer| Ok(answer.into_parts().0))
            .await
    }

    /// As [`send_for_head`](Self::send_for_head), but reads the body, of at most `limit` bytes, too.
    ///
    /// # Errors
    /// When there is no answer, or it is longer.
    pub async fn send(
        &self,
        request: Request<String>,
        limit: usize,
    ) -> Result<Response<Bytes>, SendError> {
        let read = async |answer: Response<Incoming>| {
            let (head, body) = answer.into_parts();
            match Limited::new(body, limit).collect().await {
                Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
                Err(error) if error.is::<LengthLimitError>() => Err(SendError::TooLong(limit)),
                Err(error) => Err(SendError::Answer(error)),
            }
        };
        self.exchange(request, read).await
    }

    async fn exchange<T>(
        &self,
        mut request: Request<String>,
        read: impl AsyncFnOnce(Response<Incoming>) -> Result<T, SendError>,
    ) -> Result<T, SendError> {
        let program = concat!("central-logger/", env!("CARGO_PKG_VERSION"));
        request.headers_mut().extend([
            (HOST, self.host_header.clone()),
            (USER_AGENT, HeaderValue::from_static(program)),
            (CONNECTION, HeaderValue::from_static("close")),
        ]);
        let request = request.map(|body| Full::from(body.into_bytes()));
        let stream = self.connect().await?;
        match &self.tls {
            None => exchange(stream, request, read).await,
            Some(Tls { connector, name }) => {
                let stream = connector.connect(name.clone(), stream).await;
                exchange(stream.map_err(SendError::Tls)?, request, read).await
            }
        }
    }

    /// Connects to an address that was checked: the name is not resolved a second time.
    async fn connect(&self) -> Result<TcpStream, SendError> {
        let addresses = self.addresses().await?;
        if self.egress == EgressPolicy::PublicOnly {
            let mut ips = addresses.iter().map(SocketAddr::ip);
            if let Some(refused) = ips.find(|ip| !is_public(*ip)) {
                return Err(SendError::Refused(refused));
            }
        }
        let stream = TcpStream::connect(&addresses[..]).await;
        stream.map_err(SendError::Connection)
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, SendError> {
        let ip: IpAddr = match &self.host {
            Host::Ipv4(ip) => (*ip).into(),
            Host::Ipv6(ip) => (*ip).into(),
            Host::Domain(name) => {
                let found = lookup_host((name.as_str(), self.port)).await;
                return Ok(found.map_err(SendError::Unresolved)?.collect());
            }
        };
        Ok(vec![(ip, self.port).into()])
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_tuple("Endpoint").field(&self.origin).finish()
    }
}

impl Tls {
    fn new(host: &Host) -> Result<Self, EndpointError> {
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(malformed)?,
            Host::Ipv4(ip) => IpAddr::from(*ip).into(),
            Host::Ipv6(ip) => IpAddr::from(*ip).into(),
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Self { connector, name })
    }
}

/// Returns whether no attempt could find a public address there: it is an address that is not, or the name of
/// this machine (RFC 6761).
fn is_never_public(host: &Host) -> bool {
    match host {
        Host::Ipv4(ip) => !is_public((*ip).into()),
        Host::Ipv6(ip) => !is_public((*ip).into()),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn malformed(cause: impl Error + Send + Sync + 'static) -> EndpointError {
    EndpointError::Url(Box::new(cause))
}

/// Sends the request and reads the answer.
async fn exchange<T>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
    read: impl AsyncFnOnce(Response<Incoming>) -> Result<T, SendError>,
) -> Result<T, SendError> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| SendError::Answer(error.into()))?;
    // It may end in the moment in which it hands over the answer; what it ends with, the answer tells.
    let driven = async {
        drop(connection.await);
        pending::<Infallible>().await
    };
    let answered = async {
        let answer = sender.send_request(request).await;
        read(answer.map_err(|error| SendError::Answer(error.into()))?).await
    };
    tokio::select! {
        answer = answered => answer,
        never = driven => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_name_with_an_address_that_is_not_public_is_refused_before_any_connection() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        // The name stands for any that resolves to this machine.
        let url = format!("https://localhost:{port}/").parse().unwrap();
        let endpoint = Endpoint {
            egress: EgressPolicy::PublicOnly,
            ..Endpoint::new(&url, EgressPolicy::Anywhere).unwrap()
        };
        let error = endpoint.connect().await.unwrap_err();
        assert!(matches!(error, SendError::Refused(_)), "{error:?}");
        assert!(listener.accept().is_err());
        // It would have been seen.
        let _stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_a_limit() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endpoint = Endpoint::new(&url.parse().unwrap(), EgressPolicy::Anywhere).unwrap();
        let serve = async {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
                let _head = stream.read(&mut [0; 1024]).await.unwrap();
                stream.write_all(answer).await.unwrap();
            }
        };
        let ask = async {
            let whole = endpoint.send(Request::new(String::new()), 5).await.unwrap();
            assert_eq!(whole.body(), "hello");
            let error = endpoint.send(Request::new(String::new()), 4).await;
            let error = error.unwrap_err();
            assert!(matches!(error, SendError::TooLong(4)), "{error:?}");
            assert!(error.may_have_arrived());
        };
        tokio::join!(serve, ask);
    }
}
