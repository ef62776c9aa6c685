use http::Request;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use tokio_rustls::TlsAcceptor;

/// What a receiver says that takes a message.
pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A receiver of webhooks, one connection after the other, which it never closes itself.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    events: UnboundedReceiver<Event>,
}

/// A request, or the end of a connection.
type Event = Option<Request<String>>;

/// What a receiver sends when it has read a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// These bytes.
    Bytes(String),
    /// The head of an answer, a byte each second.
    Slow,
}

impl Receiver {
    pub(crate) async fn answering(answer: impl Into<String>) -> Self {
        Self::start(Answer::Bytes(answer.into()), None).await
    }

    pub(crate) async fn start(answer: Answer, tls: Option<rustls::ServerConfig>) -> Self {
        Self::at(([127, 0, 0, 1], 0).into(), answer, tls).await
    }

    pub(crate) async fn at(
        address: SocketAddr,
        answer: Answer,
        tls: Option<rustls::ServerConfig>,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, events) = unbounded_channel();
        tokio::spawn(async move {
            let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                match &tls {
                    None => serve(stream, &answer, &sender).await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => serve(stream, &answer, &sender).await,
                        Err(_) => sender.send(None).unwrap(),
                    },
                }
            }
        });
        Self { address, events }
    }

    /// The next request, which must be what comes next.
    pub(crate) async fn request(&mut self) -> Request<String> {
        let event = self.events.recv().await.unwrap();
        event.expect("a request, not the end of the connection")
    }

    /// Waits until the sender has closed the connection, which must be what comes next.
    pub(crate) async fn closed(&mut self) {
        let event = self.events.recv().await.unwrap();
        assert!(event.is_none(), "{event:?}");
    }

    /// Whether nothing has come that was not asked for.
    pub(crate) fn is_idle(&self) -> bool {
        self.events.is_empty()
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &Answer,
    events: &UnboundedSender<Event>,
) {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream).await else {
        return events.send(None).unwrap();
    };
    events.send(Some(request)).unwrap();
    // The sender may have had enough in the midst of it.
    let _ = match answer {
        Answer::Bytes(bytes) => stream.write_all(bytes.as_bytes()).await,
        Answer::Slow => write_slowly(&mut stream).await,
    };
    let _ = stream.flush().await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
    events.send(None).unwrap();
}

async fn write_slowly(stream: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await?;
    loop {
        stream.write_all(b"a").await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn read(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Request<String>> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let (method, rest) = line.split_once(' ')?;
    let (target, _) = rest.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(request.body(String::from_utf8(body).unwrap()).unwrap())
}
