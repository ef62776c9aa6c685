//! A stream of bytes whose other side may not keep it waiting without end.

use crate::{
    admission::Admitted,
    connection::{Connection, Invitation},
};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};
use tokio_rustls::server::TlsStream;

/// How long nothing of an answer may be taken.
const STALLED: Duration = Duration::from_secs(30);

/// What the framework writes to let a body come.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

pub(crate) struct Watched {
    stream: Stream,
    connection: Connection,
    head_timer: Option<Pin<Box<Sleep>>>,
    stall_timer: Option<Pin<Box<Sleep>>>,
    /// What is held back of [`CONTINUE`].
    held: &'static [u8],
    _admitted: Admitted,
}

/// With or without TLS.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Watched {
    pub(crate) fn new(stream: Stream, admitted: Admitted) -> Self {
        Self {
            stream,
            connection: Connection::new(),
            head_timer: None,
            stall_timer: None,
            held: &[],
            _admitted: admitted,
        }
    }

    pub(crate) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// Whether the head of a request is overdue. If not, the reader is woken when it is.
    fn is_overdue(&mut self, context: &mut Context<'_>) -> bool {
        let mut now = Instant::now();
        let Some(due) = self.connection.head_due(now) else {
            return false;
        };
        while now < due {
            let timer = self
                .head_timer
                .get_or_insert_with(|| Box::pin(sleep_until(due)));
            // One that ends too early is set again then, which is cheaper than at each request.
            if timer.deadline() > due || timer.is_elapsed() {
                timer.as_mut().reset(due);
            }
            if timer.as_mut().poll(context).is_pending() {
                return false;
            }
            now = Instant::now();
        }
        true
    }

    /// Writes the invitation that was held back, if the body is wanted now.
    fn poll_invitation(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.invitation() != Invitation::Wanted {
            return Poll::Ready(Ok(()));
        }
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.held = &self.held[written..];
            if self.held.is_empty() {
                self.connection.set_invitation(Invitation::None);
            }
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Gives up when nothing was taken for too long.
    fn in_time<T>(
        &mut self,
        context: &mut Context<'_>,
        done: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.stall_timer = None;
            return done;
        }
        let timer = self
            .stall_timer
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + STALLED)));
        timer
            .as_mut()
            .poll(context)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.connection.set_reader(context.waker());
        if let Poll::Ready(Err(error)) = this.poll_invitation(context) {
            return Poll::Ready(Err(error));
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => {
                // As if the other side had ended it.
                if !this.connection.receive(buffer.filled().len() - before) {
                    buffer.set_filled(before);
                }
                Poll::Ready(Ok(()))
            }
            Poll::Pending if this.is_overdue(context) => Poll::Ready(Ok(())),
            other => other,
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let is_continue = bytes.starts_with(CONTINUE);
        match this.connection.invitation() {
            Invitation::None => {}
            Invitation::Expected if is_continue => {
                this.held = CONTINUE;
                this.connection.set_invitation(Invitation::Held);
                return Poll::Ready(Ok(CONTINUE.len()));
            }
            // Something stands before it.
            Invitation::Expected => {}
            // The answer, to which no body was needed.
            Invitation::Held => {
                this.held = &[];
                this.connection.set_invitation(Invitation::None);
            }
            Invitation::Wanted if is_continue => this.connection.set_invitation(Invitation::None),
            Invitation::Wanted => match this.poll_invitation(context) {
                Poll::Ready(Ok(())) => {}
                other => {
                    let unwritten = other.map_ok(|()| 0);
                    return this.in_time(context, unwritten);
                }
            },
        }
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.in_time(context, written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        this.in_time(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let shut = Pin::new(&mut this.stream).poll_shutdown(context);
        this.in_time(context, shut)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
