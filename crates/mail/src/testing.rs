//! A mail server for tests, which keeps what it gets and fails where it is told to.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// A mail server on a free port of this machine, without TLS, until the process ends.
///
/// # Examples
///
/// ```
/// use central_logger_mail::{Mailer, Template, testing::{MailServer, Trouble}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MailServer::start()?;
/// let mailer = Mailer::new(server.url().parse()?, "logs@example.com".parse()?, None)?;
/// let letter = Template::TEST.letter(&[("server", "https://logs.example.com")])?;
/// server.fail("RCPT", Trouble::Answer("550 5.1.1 there is nobody of that name"));
/// let error = mailer.send(&"nobody@acme.example".parse()?, &letter).await.unwrap_err();
/// assert!(!error.is_passing());
/// server.heal();
/// mailer.send(&"ops@acme.example".parse()?, &letter).await?;
/// assert_eq!(server.received()[0].to, "ops@acme.example");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct MailServer {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    received: Mutex<Vec<ReceivedMail>>,
    arrived: Condvar,
    troubles: Mutex<HashMap<String, Trouble>>,
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipient of the envelope.
    pub to: String,
    /// The mail as it came.
    pub source: String,
}

/// What goes wrong at a command.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    /// It is answered so.
    Answer(&'static str),
    /// It is never answered.
    Hang,
    /// The connection ends; a letter whose last line this happens at was taken.
    Close,
}

impl MailServer {
    /// Starts one.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self {
            address: listener.local_addr()?,
            state: Arc::default(),
        };
        let state = Arc::clone(&server.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || state.converse(stream));
            }
        });
        Ok(server)
    }

    /// The setting that leads here.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Fails at a command from now on: `CONNECT`, `EHLO`, `NOOP`, `MAIL`, `RCPT`, `DATA`, or `.`, the end of the
    /// letter.
    pub fn fail(&self, command: &str, trouble: Trouble) {
        locked(&self.state.troubles).insert(command.to_owned(), trouble);
    }

    /// Fails no more.
    pub fn heal(&self) {
        locked(&self.state.troubles).clear();
    }

    /// What was taken, in order.
    pub fn received(&self) -> Vec<ReceivedMail> {
        locked(&self.state.received).clone()
    }

    /// Waits, for 30 s at most, until so many were taken, and returns them.
    pub fn wait_for(&self, number: usize) -> Vec<ReceivedMail> {
        let received = locked(&self.state.received);
        let waited =
            self.state
                .arrived
                .wait_timeout_while(received, Duration::from_secs(30), |received| {
                    received.len() < number
                });
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

impl State {
    fn converse(&self, stream: TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
        let say = |line: &str| (&stream).write_all(format!("{line}\r\n").as_bytes()).ok();
        say(&self.answer("CONNECT", "220 test ready")?)?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let line = lines.next()?.ok()?;
            let command = line.split([' ', ':']).next()?.to_ascii_uppercase();
            let usual = match command.as_str() {
                "QUIT" => "221 bye",
                "DATA" => "354 go on",
                _ => "250 fine",
            };
            let answer = self.answer(&command, usual)?;
            say(&answer)?;
            match command.as_str() {
                "QUIT" => return None,
                "MAIL" => from = bracketed(&line),
                "RCPT" => to = bracketed(&line),
                "DATA" if answer.starts_with("354") => {
                    let mut source = String::new();
                    loop {
                        let line = lines.next()?.ok()?;
                        if line == "." {
                            break;
                        }
                        source.push_str(line.strip_prefix('.').unwrap_or(&line));
                        source.push('\n');
                    }
                    let mail = ReceivedMail {
                        from: from.clone(),
                        to: to.clone(),
                        source,
                    };
                    let answer = match self.trouble(".") {
                        Some(Trouble::Close) => {
                            self.keep(mail);
                            return None;
                        }
                        _ => self.answer(".", "250 taken")?,
                    };
                    if answer.starts_with("250") {
                        self.keep(mail);
                    }
                    say(&answer)?;
                }
                _ => {}
            }
        }
    }

    fn keep(&self, mail: ReceivedMail) {
        locked(&self.received).push(mail);
        self.arrived.notify_all();
    }

    fn trouble(&self, command: &str) -> Option<Trouble> {
        locked(&self.troubles).get(command).copied()
    }

    /// Nothing when the connection is to end.
    fn answer(&self, command: &str, usual: &str) -> Option<String> {
        match self.trouble(command) {
            None => Some(usual.to_owned()),
            Some(Trouble::Answer(answer)) => Some(answer.to_owned()),
            Some(Trouble::Close) => None,
            Some(Trouble::Hang) => loop {
                thread::park();
            },
        }
    }
}

impl ReceivedMail {
    /// A header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.source.split_once("\n\n")?;
        let head = head.replace("\n ", " ").replace("\n\t", " ");
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    /// The letter without the encoding of its lines (quoted-printable, RFC 2045), both of its forms.
    pub fn decoded(&self) -> String {
        let source = self.source.replace("=\n", "");
        let mut bytes = Vec::with_capacity(source.len());
        let mut rest = source.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            let code = rest.get(..2).and_then(|code| str::from_utf8(code).ok());
            let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
            match (first, code) {
                (b'=', Some(byte)) => {
                    bytes.push(byte);
                    rest = &rest[2..];
                }
                _ => bytes.push(*first),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The first line of the letter that is a link.
    pub fn link(&self) -> Option<String> {
        let decoded = self.decoded();
        let is_link = |line: &&str| line.starts_with("http://") || line.starts_with("https://");
        decoded
            .lines()
            .map(str::trim)
            .find(is_link)
            .map(str::to_owned)
    }
}

fn bracketed(line: &str) -> String {
    let inner = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or("", |(inner, _)| inner).to_owned()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
