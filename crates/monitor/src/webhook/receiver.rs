use super::{DeliveryError, EgressPolicy, WebhookError, addresses::is_public};
use http::{
    HeaderMap, HeaderValue, Method, Request, StatusCode, Uri,
    header::{CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT},
    uri::PathAndQuery,
};
use http_body_util::Full;
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use std::{
    convert::Infallible,
    error::Error,
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

/// The endpoint to which webhooks are posted, and how to connect to it.
pub(super) struct Receiver {
    /// Scheme, host, and port if it is not that of the scheme.
    origin: String,
    host: Host,
    port: u16,
    host_header: HeaderValue,
    path: PathAndQuery,
    egress: EgressPolicy,
    tls: Option<Tls>,
}

/// The head of an answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<HeaderValue>,
}

struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Receiver {
    pub(super) fn new(url: &str, egress: EgressPolicy) -> Result<Self, WebhookError> {
        let url = Url::parse(url).map_err(malformed)?;
        let default_port = match (url.scheme(), egress) {
            ("https", _) => 443,
            ("http", EgressPolicy::Anywhere) => 80,
            _ => return Err(WebhookError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookError::Userinfo);
        }
        let host = url.host().ok_or(url::ParseError::EmptyHost);
        let host = host.map_err(malformed)?.to_owned();
        if egress == EgressPolicy::PublicOnly && is_never_public(&host) {
            return Err(WebhookError::NotPublic);
        }
        let host_header = &url[Position::BeforeHost..Position::AfterPort];
        let path = &url[Position::BeforePath..Position::AfterQuery];
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            port: url.port().unwrap_or(default_port),
            host_header: host_header.parse().map_err(malformed)?,
            path: path.parse().map_err(malformed)?,
            egress,
            tls: match url.scheme() {
                "https" => Some(Tls::new(&host)?),
                _ => None,
            },
            host,
        })
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Posts the JSON in `body` with these headers over a connection of its own, which ends with it or
    /// when this future is dropped.
    pub(super) async fn post(
        &self,
        headers: HeaderMap,
        body: String,
    ) -> Result<Answer, DeliveryError> {
        let request = self.request(headers, body);
        let stream = self.connect().await?;
        let answered = match &self.tls {
            None => exchange(stream, request).await,
            Some(Tls { connector, name }) => {
                let stream = connector.connect(name.clone(), stream).await;
                exchange(stream.map_err(DeliveryError::Tls)?, request).await
            }
        };
        answered.map_err(|error| DeliveryError::Answer(error.into()))
    }

    fn request(&self, headers: HeaderMap, body: String) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from(self.path.clone());
        *request.headers_mut() = headers;
        let program = concat!("central-logger/", env!("CARGO_PKG_VERSION"));
        request.headers_mut().extend([
            (HOST, self.host_header.clone()),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static(program)),
            (CONNECTION, HeaderValue::from_static("close")),
        ]);
        request
    }

    /// Connects to an address that was checked: the name is not resolved a second time.
    async fn connect(&self) -> Result<TcpStream, DeliveryError> {
        let addresses = self.addresses().await?;
        if self.egress == EgressPolicy::PublicOnly {
            let mut ips = addresses.iter().map(SocketAddr::ip);
            if let Some(refused) = ips.find(|ip| !is_public(*ip)) {
                return Err(DeliveryError::Refused(refused));
            }
        }
        let stream = TcpStream::connect(&addresses[..]).await;
        stream.map_err(DeliveryError::Connection)
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, DeliveryError> {
        let ip: IpAddr = match &self.host {
            Host::Ipv4(ip) => (*ip).into(),
            Host::Ipv6(ip) => (*ip).into(),
            Host::Domain(name) => {
                let found = lookup_host((name.as_str(), self.port)).await;
                return Ok(found.map_err(DeliveryError::Unresolved)?.collect());
            }
        };
        Ok(vec![(ip, self.port).into()])
    }
}

impl Tls {
    /// Trusts the authorities of the system, or of the file that `SSL_CERT_FILE` names.
    fn new(host: &Host) -> Result<Self, WebhookError> {
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

fn malformed(cause: impl Error + Send + Sync + 'static) -> WebhookError {
    WebhookError::Url(Box::new(cause))
}

/// Sends the request and reads the head of the answer.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
) -> hyper::Result<Answer> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(TokioIo::new(stream))
        .await?;
    // It may end in the moment in which it hands over the answer; what it ends with, the answer tells.
    let driven = async {
        drop(connection.await);
        pending::<Infallible>().await
    };
    tokio::select! {
        answer = sender.send_request(request) => answer.map(|answer| Answer {
            status: answer.status(),
            retry_after: answer.headers().get(RETRY_AFTER).cloned(),
        }),
        never = driven => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_with_an_address_that_is_not_public_is_refused_before_any_connection() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        // The name stands for any that resolves to this machine.
        let receiver = Receiver::new(
            &format!("https://localhost:{port}/"),
            EgressPolicy::Anywhere,
        );
        let receiver = Receiver {
            egress: EgressPolicy::PublicOnly,
            ..receiver.unwrap()
        };
        let error = receiver.connect().await.unwrap_err();
        assert!(matches!(error, DeliveryError::Refused(_)), "{error:?}");
        assert!(listener.accept().is_err());
        // It would have been seen.
        let _stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(listener.accept().is_ok());
    }
}
