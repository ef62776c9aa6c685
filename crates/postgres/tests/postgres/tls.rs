//! What the parameters of a URL say of TLS, as libpq has it.

use central_logger_postgres::{
    OpenError, Postgres,
    testing::{OwnServer, execute},
};
use central_logger_text::Report;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

/// A server with a certificate for `localhost`, by an authority of its own.
struct Secured {
    server: OwnServer,
    authority: Issuer<'static, KeyPair>,
    root: PathBuf,
}

impl Secured {
    async fn start(rules: &str) -> Self {
        let server = OwnServer::start();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "an authority");
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().pem();
        let authority = Issuer::new(params, key);
        let (certificate, key) = made(&authority, "localhost");
        let data = server.data();
        put(&data, "root.crt", &root);
        put(&data, "server.crt", &certificate);
        put(&data, "server.key", &key);
        execute(server.url(), "ALTER SYSTEM SET ssl = on").await;
        execute(server.url(), "ALTER SYSTEM SET ssl_ca_file = 'root.crt'").await;
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        server.stop();
        server.start_again();
        Self {
            root: data.join("root.crt"),
            server,
            authority,
        }
    }

    /// The URL with the name of the certificate.
    fn by_name(&self) -> String {
        self.server.url().replace("127.0.0.1", "localhost")
    }
}

/// A certificate with its key, both in PEM.
fn made(authority: &Issuer<'static, KeyPair>, name: &str) -> (String, String) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn put(data: &Path, name: &str, text: &str) {
    let owner = fs::metadata(data).unwrap();
    let file = data.join(name);
    fs::write(&file, text).unwrap();
    chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

async fn refusal(url: &str) -> String {
    let error = Postgres::connect(url).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    Report(&error).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_checks_what_it_checks_in_libpq() {
    let secured = Secured::start("hostssl all all all scram-sha-256\n").await;
    let (name, address) = (secured.by_name(), secured.server.url().to_owned());
    let root = secured.root.display();
    for accepted in [
        name.clone(),
        address.clone(),
        format!("{address}?sslmode=allow"),
        format!("{address}?sslmode=prefer"),
        format!("{address}?sslmode=require"),
        format!("{address}?sslmode=require&sslrootcert={root}"),
        format!("{address}?sslmode=verify-ca&sslrootcert={root}"),
        format!("{name}?sslmode=verify-full&sslrootcert={root}"),
        format!("{name}?sslrootcert={root}"),
    ] {
        let connected = Postgres::connect(&accepted).await;
        assert!(connected.is_ok(), "{accepted}: {connected:?}");
    }
    for (refused, says) in [
        (format!("{name}?sslmode=disable"), "no encryption"),
        (
            format!("{address}?sslmode=verify-full&sslrootcert={root}"),
            "not valid for name",
        ),
        (
            format!("{address}?sslrootcert={root}"),
            "not valid for name",
        ),
        (format!("{name}?sslmode=verify-full"), "UnknownIssuer"),
        (
            format!("{name}?sslmode=verify-full&sslrootcert=system"),
            "UnknownIssuer",
        ),
        (format!("{name}?sslmode=verify-ca"), "UnknownIssuer"),
    ] {
        let said = refusal(&refused).await;
        assert!(said.contains(says), "{refused}: {said}");
    }
    let absent = format!("{name}?sslrootcert=/nowhere/ca.pem");
    let error = Postgres::connect(&absent).await.unwrap_err();
    let said = Report(&error).to_string();
    assert!(said.contains("sslrootcert: /nowhere/ca.pem"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_a_server_made_for_itself_can_be_trusted() {
    let secured = Secured::start("hostssl all all all scram-sha-256\n").await;
    // As `openssl req -x509` makes it: one that is also an authority.
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let data = secured.server.data();
    put(&data, "server.crt", &certificate);
    put(&data, "server.key", &key.serialize_pem());
    secured.server.stop();
    secured.server.start_again();
    let trusted = data.join("server.crt");
    let trusted = trusted.display();
    let name = secured.by_name();
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("{name}?sslmode={mode}&sslrootcert={trusted}");
        Postgres::connect(&url).await.unwrap();
    }
    let address = secured.server.url();
    let said = refusal(&format!(
        "{address}?sslmode=verify-full&sslrootcert={trusted}"
    ))
    .await;
    assert!(said.contains("not valid for name"), "{said}");
    let said = refusal(&format!(
        "{name}?sslmode=verify-ca&sslrootcert={}",
        secured.root.display()
    ))
    .await;
    assert!(said.contains("certificate"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_no_encryption_is_reached_as_libpq_does() {
    let secured = Secured::start("hostnossl all all all scram-sha-256\n").await;
    let url = secured.server.url();
    for mode in ["prefer", "allow", "disable"] {
        Postgres::connect(&format!("{url}?sslmode={mode}"))
            .await
            .unwrap();
    }
    let said = refusal(&format!("{url}?sslmode=require")).await;
    assert!(said.contains("no pg_hba.conf entry"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_the_client_stands_for_a_password() {
    let secured = Secured::start("hostssl all all all cert clientcert=verify-full\n").await;
    let (certificate, key) = made(&secured.authority, "postgres");
    let files = tempfile::tempdir().unwrap();
    fs::write(files.path().join("client.crt"), certificate).unwrap();
    fs::write(files.path().join("client.key"), key).unwrap();
    let (_, rest) = secured.server.url().split_once('@').unwrap();
    let url = format!(
        "postgres://postgres@{rest}?sslmode=verify-ca&sslrootcert={}",
        secured.root.display()
    );
    let directory = files.path().display();
    let with = format!("{url}&sslcert={directory}/client.crt&sslkey={directory}/client.key");
    Postgres::connect(&with).await.unwrap();
    refusal(&url).await;

    let absent = format!("{url}&sslcert={directory}/client.crt&sslkey={directory}/absent.key");
    let error = Postgres::connect(&absent).await.unwrap_err();
    let said = Report(&error).to_string();
    assert!(
        said.contains("sslkey: ") && said.contains("absent.key"),
        "{said}"
    );
}
