use crate::Failure;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that is kept alive, one request at a time.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(4096),
        })
    }

    /// The bytes of a request without a body; `headers` are whole lines that end with `\r\n`.
    pub fn request(path: &str, headers: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n").into_bytes()
    }

    /// The bytes of a request with a body; `headers` as of [`request`](Self::request).
    pub fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    /// Sends a request, reads the whole answer, and gives its status.
    ///
    /// # Errors
    /// When the connection ends, or the answer is none that is understood here.
    pub async fn send(&mut self, request: &[u8]) -> Result<u16, Failure> {
        self.stream.write_all(request).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some((status, length)) = head(&self.received)?
                && self.received.len() >= length
            {
                return Ok(status);
            }
        }
    }

    /// The body of the last answer.
    ///
    /// # Errors
    /// When there was none.
    pub fn body(&self) -> Result<&str, Failure> {
        let text = str::from_utf8(&self.received)?;
        let (_, body) = text.split_once("\r\n\r\n").ok_or("no answer yet")?;
        Ok(body)
    }

    /// The head of the last answer.
    ///
    /// # Errors
    /// When there was none.
    pub fn head(&self) -> Result<&str, Failure> {
        let text = str::from_utf8(&self.received)?;
        let (head, _) = text.split_once("\r\n\r\n").ok_or("no answer yet")?;
        Ok(head)
    }
}

/// The status and the length of the whole answer, once its head has arrived.
fn head(received: &[u8]) -> Result<Option<(u16, usize)>, Failure> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = received.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    let head = str::from_utf8(&received[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let body = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = match (status, body) {
        (Some("204"), None) => 0,
        (Some(_), Some((_, length))) => length.trim().parse()?,
        _ => return Err(format!("an answer without status or length: {head}").into()),
    };
    let (status, length) = (status.unwrap_or_default(), end + END.len() + length);
    Ok(Some((status.parse()?, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(head(answer).ok(), Some(Some((200, answer.len()))));
        assert_eq!(head(&answer[..30]).ok(), Some(None));
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        let empty = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(head(empty).ok(), Some(Some((204, empty.len()))));
    }
}
