//! nginx before the server, as `docs/gateways.md` sets it up, and small services for it to talk to.

use crate::{
    http::{self, Answer},
    printed_commands::blocks,
};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    thread,
};
use tempfile::TempDir;

/// A running nginx. It is killed when this is dropped.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) url: String,
    _directory: TempDir,
}

impl Gateway {
    /// Lets requests through to the service at `service` that the server at `verifier` agrees to.
    pub(crate) fn start(verifier: &str, service: &str) -> Self {
        Self::changed(verifier, service, str::to_owned)
    }

    /// The same, and lets preflights of browsers by.
    pub(crate) fn start_for_browsers(verifier: &str, service: &str) -> Self {
        let preflights = printed_configuration(1, &[]);
        let end = "        proxy_read_timeout 10s;\n    }\n";
        let with_preflights = end.replace("    }\n", &format!("{preflights}    }}\n"));
        Self::changed(verifier, service, |configuration| {
            assert_eq!(configuration.matches(end).count(), 1, "the end of /_verify");
            configuration.replace(end, &with_preflights)
        })
    }

    fn changed(verifier: &str, service: &str, change: impl Fn(&str) -> String) -> Self {
        Self::configured(|address| {
            let server = |address: &str| format!("server {address};");
            let replaced = [
                (server("127.0.0.1:8000"), server(verifier)),
                (server("127.0.0.1:9000"), server(service)),
                ("listen 8080;".to_owned(), format!("listen {address};")),
            ];
            change(&printed_configuration(0, &replaced))
        })
    }

    /// Spreads requests over the servers at these three addresses.
    pub(crate) fn balancing(servers: &[String]) -> Self {
        Self::configured(|address| {
            let mut replaced = vec![("listen 8080;".to_owned(), format!("listen {address};"))];
            for (number, server) in (1..).zip(servers) {
                let printed = format!("server 10.0.0.{number}:8000 ");
                replaced.push((printed, format!("server {server} ")));
            }
            printed_configuration(2, &replaced)
        })
    }

    /// A gateway that listens where its configuration is told to.
    pub(crate) fn configured(configuration: impl Fn(&str) -> String) -> Self {
        // Between the choice of a port and its use, another test may take it.
        (0..10)
            .find_map(|_| Self::try_start(&configuration, free_port()))
            .expect("a port that stays free")
    }

    /// Nothing when the port is taken.
    fn try_start(configuration: impl Fn(&str) -> String, port: u16) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{port}");
        let gateway = configuration(&address);
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        write("gateway.conf", &gateway);
        write("nginx.conf", SURROUNDINGS);

        let mut child = Command::new("nginx")
            .arg("-p")
            .arg(directory.path())
            .args(["-c", "nginx.conf", "-e", "stderr"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("nginx is needed");
        match listens(child.stderr.take().unwrap()) {
            Ok(()) => Some(Self {
                child,
                url: format!("http://{address}"),
                _directory: directory,
            }),
            Err(log) => {
                child.wait().unwrap();
                assert!(log.contains("Address already in use"), "{log}");
                None
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Answer {
        self.call("GET", "/", &[("X-API-Key", key)])
    }

    pub(crate) fn call(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::call(&self.url, method, path, headers)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What nginx needs around the printed configuration, to be one process that writes into its own
/// directory only.
const SURROUNDINGS: &str = "
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {}
http {
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include gateway.conf;
}
";

/// The configuration of that number on the page, in which this is replaced.
fn printed_configuration(number: usize, replaced: &[(String, String)]) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gateways.md");
    let blocks = blocks(&fs::read_to_string(page).unwrap());
    let mut printed = blocks
        .into_iter()
        .filter(|(language, _)| language == "nginx");
    let (_, mut gateway) = printed.nth(number).unwrap();
    for (printed, real) in replaced {
        assert_eq!(gateway.matches(printed).count(), 1, "{printed}");
        gateway = gateway.replace(printed, real);
    }
    gateway
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until nginx has opened its sockets, after which it tells its version, or has ended; then gives
/// what it has logged.
fn listens(stderr: ChildStderr) -> Result<(), String> {
    let mut lines = BufReader::new(stderr).lines().map(Result::unwrap);
    let mut log = String::new();
    while let Some(line) = lines.next() {
        log += &format!("{line}\n");
        if line.contains("[notice]") && line.contains(": nginx/") {
            // Nobody else reads on, and a full pipe would stop it.
            thread::spawn(move || lines.for_each(drop));
            return Ok(());
        }
    }
    Err(log)
}

/// Answers every request, one for each connection, and gives the address. `answer` is shown the request whole.
pub(crate) fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let request = read_request(&mut connection);
            connection.write_all(answer(&request).as_bytes()).unwrap();
        }
    });
    address
}

/// The head and as much body as it announces.
fn read_request(connection: &mut TcpStream) -> String {
    let mut reader = BufReader::new(connection);
    let mut request = String::new();
    let mut length = 0;
    while !request.ends_with("\r\n\r\n") {
        let start = request.len();
        assert_ne!(reader.read_line(&mut request).unwrap(), 0, "{request}");
        let line = request[start..].to_ascii_lowercase();
        if let Some(announced) = line.strip_prefix("content-length:") {
            length = announced.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + str::from_utf8(&body).unwrap()
}
