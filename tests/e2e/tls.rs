//! HTTPS, served by the server itself.

use crate::{process::Server, site::Site};
use std::sync::Arc;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

#[test]
fn https_is_served_with_the_files_that_are_named() {
    let site = Site::on_sqlite();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    site.write("cert.pem", &made.cert.pem());
    site.write("key.pem", &made.signing_key.serialize_pem());
    let key = site.issue("acme_corp").key;
    let mut command = site.server();
    // With TLS, an address beyond loopback is allowed.
    command.args([
        "--bind",
        "0.0.0.0:0",
        "--tls-cert",
        "cert.pem",
        "--tls-key",
        "key.pem",
    ]);
    let server = Server::start(command);
    let port = server.address().rsplit_once(':').unwrap().1;

    let root = Certificate::from_pem(made.cert.pem().as_bytes())
        .unwrap()
        .to_owned();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(vec![root])))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).build().into();
    let mut answer = agent
        .get(format!("https://localhost:{port}/api/v1/whoami"))
        .header("X-API-Key", &key)
        .call()
        .unwrap();
    let identity = answer.body_mut().read_to_string().unwrap();
    assert!(identity.contains("acme_corp"), "{identity}");
}
