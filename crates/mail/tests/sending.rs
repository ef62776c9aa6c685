//! Letters on their way: to a server that fails at each step, and to one that others wrote.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_mail::{
    Letter, MailAddress, MailPassword, Mailer, Template,
    testing::{MailServer, Trouble},
};
use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

fn to() -> MailAddress {
    "ops@acme.example".parse().unwrap()
}

fn letter() -> Letter {
    let values = [
        ("client", "Söhne & Co"),
        (
            "url",
            "https://logs.example.com/sign-in/a-very-long-token-of-which-each-character-matters-0123456789",
        ),
        ("minutes", "15"),
    ];
    Template::SIGN_IN.letter(&values).unwrap()
}

fn mailer(server: &MailServer) -> Mailer {
    let from = "Example Logs <logs@example.com>".parse().unwrap();
    Mailer::new(server.url().parse().unwrap(), from, None).unwrap()
}

#[tokio::test]
async fn a_letter_arrives_as_text_and_as_html() {
    let server = MailServer::start().unwrap();
    mailer(&server).send(&to(), &letter()).await.unwrap();
    let [mail] = server.received().try_into().unwrap();
    assert_eq!(
        (mail.from.as_str(), mail.to.as_str()),
        ("logs@example.com", "ops@acme.example")
    );
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert!(
        mail.header("Message-ID")
            .unwrap()
            .ends_with("@example.com>")
    );
    assert!(
        mail.header("Content-Type")
            .unwrap()
            .starts_with("multipart/alternative")
    );
    let decoded = mail.decoded();
    assert!(decoded.contains("the logs of Söhne & Co."), "{decoded}");
    assert!(decoded.contains("the logs of Söhne &amp; Co."), "{decoded}");
    assert!(mail.link().unwrap().ends_with("matters-0123456789"));
    assert!(mail.source.lines().all(|line| line.len() <= 78), "RFC 5322");
}

#[tokio::test]
async fn an_error_says_whether_to_try_again() {
    let server = MailServer::start().unwrap();
    let mailer = mailer(&server);
    for (command, trouble, is_passing) in [
        ("CONNECT", Trouble::Answer("421 4.3.2 too busy"), true),
        ("CONNECT", Trouble::Close, true),
        ("EHLO", Trouble::Answer("500 what?"), false),
        ("MAIL", Trouble::Answer("451 4.3.0 later"), true),
        ("MAIL", Trouble::Answer("530 5.7.0 say who you are"), true),
        ("MAIL", Trouble::Answer("550 5.1.8 unknown sender"), false),
        ("RCPT", Trouble::Answer("450 4.2.1 greylisted"), true),
        ("RCPT", Trouble::Answer("550 5.1.1 unknown"), false),
        ("DATA", Trouble::Answer("452 4.3.1 full"), true),
        ("DATA", Trouble::Close, true),
        (".", Trouble::Answer("451 4.3.0 later"), true),
        (".", Trouble::Answer("554 5.7.1 spam"), false),
    ] {
        server.fail(command, trouble);
        let error = mailer.send(&to(), &letter()).await.unwrap_err();
        assert_eq!(
            error.is_passing(),
            is_passing,
            "{command} {trouble:?}: {error:?}"
        );
        server.heal();
    }
    assert_eq!(server.received().len(), 0);
    server.fail(".", Trouble::Close);
    let lost = mailer.send(&to(), &letter()).await.unwrap_err();
    assert!(lost.is_passing(), "it may arrive twice, but is not lost");
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_check_sends_nothing_and_tells_whether_this_program_is_let_in() {
    let server = MailServer::start().unwrap();
    let mailer = mailer(&server);
    mailer.check().await.unwrap();
    for (command, trouble, is_not_let_in) in [
        ("CONNECT", Trouble::Answer("421 4.3.2 too busy"), false),
        ("CONNECT", Trouble::Close, false),
        ("EHLO", Trouble::Answer("500 what?"), false),
        ("EHLO", Trouble::Answer("530 5.7.0 say who you are"), true),
        ("NOOP", Trouble::Answer("421 4.3.2 too busy"), false),
    ] {
        server.fail(command, trouble);
        let error = mailer.check().await.unwrap_err();
        let found = (error.is_passing(), error.is_not_let_in());
        assert_eq!(found, (true, is_not_let_in), "{command}: {error:?}");
        server.heal();
    }
    mailer.check().await.unwrap();
    assert!(server.received().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_takes_no_more_than_the_limit() {
    let server = MailServer::start().unwrap();
    server.fail("CONNECT", Trouble::Hang);
    let sent = timeout(Mailer::TIME_LIMIT * 2, async {
        mailer(&server).send(&to(), &letter()).await
    });
    let error = sent.await.expect("it ends").unwrap_err();
    assert!(error.is_passing());
}

/// aiosmtpd of Debian, which knows a user and offers STARTTLS.
struct Debian {
    child: Child,
    port: u16,
    folder: TempDir,
}

const SERVER: &str = r#"
import asyncio, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP

folder, port = sys.argv[1], int(sys.argv[2])

class Keep:
    async def handle_DATA(self, server, session, envelope):
        with open(folder + "/mail", "wb") as file:
            file.write(envelope.content)
        return "250 taken"

def check(server, session, envelope, mechanism, data):
    said = (data.login, data.password)
    return AuthResult(success=said == (b"logger", b"pass/word"), handled=False)

tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(folder + "/tls.pem", folder + "/tls.key")
with open(folder + "/plain", "w"):
    pass

class Server(Controller):
    def factory(self):
        return SMTP(self.handler, tls_context=tls, require_starttls=True,
                    authenticator=check, auth_required=True)

Server(Keep(), hostname="127.0.0.1", port=port).start()
asyncio.new_event_loop().run_forever()
"#;

impl Debian {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("tls.pem"), key.cert.pem()).unwrap();
        fs::write(
            folder.path().join("tls.key"),
            key.signing_key.serialize_pem(),
        )
        .unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new("/usr/bin/python3")
            .args([
                "-c",
                SERVER,
                folder.path().to_str().unwrap(),
                &port.to_string(),
            ])
            .stdout(Stdio::null())
            .spawn()
            .expect("python3 with aiosmtpd: apt-get install python3-aiosmtpd");
        let server = Self {
            child,
            port,
            folder,
        };
        timeout(Duration::from_secs(60), async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
        })
        .await
        .expect("the mail server of Debian (apt-get install python3-aiosmtpd) starts");
        server
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends in a process of its own, since the authorities are named by its environment.
#[tokio::test]
async fn the_server_of_debian_takes_a_letter_with_tls_and_a_password() {
    if let Ok(url) = std::env::var("CHILD_SMTP_URL") {
        return child(&url).await;
    }
    let server = Debian::start().await;
    let good = format!("smtp://logger@localhost:{}?tls=required", server.port);
    for (url, authorities, said) in [
        (&good, server.file("tls.pem"), "sent"),
        (&good, "/dev/null".into(), "passing"),
        (
            &good.replace("logger", "nobody"),
            server.file("tls.pem"),
            "passing",
        ),
        (
            &good.replace("localhost", "127.0.0.1"),
            server.file("tls.pem"),
            "passing",
        ),
    ] {
        assert_eq!(
            sent_by_child(url, &authorities),
            said,
            "{url} {}",
            authorities.display()
        );
    }
    let mail = fs::read_to_string(server.file("mail")).unwrap();
    assert!(mail.contains("Auto-Submitted: auto-generated"));
    // Read by Python's own parser of mail.
    let read = "import email, email.policy, sys\n\
        mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n\
        print(mail['subject'])\n\
        print(mail.get_body(('plain',)).get_content())\n\
        print(mail.get_body(('html',)).get_content())";
    let read = Command::new("python3")
        .args(["-c", read])
        .arg(server.file("mail"))
        .output()
        .unwrap();
    let text = String::from_utf8(read.stdout).unwrap();
    assert!(
        text.starts_with("Sign in to the logs of Söhne & Co\n"),
        "{text}"
    );
    assert!(
        text.contains("\nhttps://logs.example.com/sign-in/a-very"),
        "{text}"
    );
    assert!(
        text.contains("<a href=\"https://logs.example.com/sign-in/a-very"),
        "{text}"
    );
}

fn sent_by_child(url: &str, authorities: &Path) -> String {
    let test = "the_server_of_debian_takes_a_letter_with_tls_and_a_password";
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("CHILD_SMTP_URL", url)
        .env("SSL_CERT_FILE", authorities)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = output.lines().find_map(|line| line.split_once("letter: "));
    said.unwrap_or_else(|| panic!("{output}")).1.to_owned()
}

async fn child(url: &str) {
    let password = Some(MailPassword::new("pass/word"));
    let from = "logs@example.com".parse().unwrap();
    let mailer = Mailer::new(url.parse().unwrap(), from, password).unwrap();
    let said = match mailer.send(&to(), &letter()).await {
        Ok(()) => "sent",
        Err(error) if error.is_passing() => "passing",
        Err(_) => "final",
    };
    println!("\nletter: {said}");
}
