//! Keys that were found where others can read them, as scanners report them.

use crate::{
    http::Answer,
    process::{Server, with_input},
    site::Site,
};
use base64ct::{Base64, Encoding};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const LEAKS: &str = "/api/v1/leaks";
const WHOAMI: &str = "/api/v1/whoami";

on_both_databases! {
    a_key_that_leaked_is_revoked_and_others_are_told_apart,
    a_client_has_its_own_policy,
    only_the_provider_reports_leaks,
    github_reports_by_its_signature_once,
}

fn provider_key(site: &Site) -> String {
    let scopes = ["--scope", "provider:read", "--scope", "provider:write"];
    let issued = site.admin_json(&[&["provider-key", "issue"][..], &scopes].concat());
    issued["api_key"].as_str().unwrap().to_owned()
}

fn report(server: &Server, key: &str, tokens: Value) -> Answer {
    let headers = [JSON, ("X-API-Key", key)];
    server.send("POST", LEAKS, &headers, tokens.to_string().as_bytes())
}

fn labels(answer: &Answer) -> Vec<String> {
    let answer = answer.json(200);
    let labels = answer.as_array().unwrap().iter();
    labels
        .map(|one| one["label"].as_str().unwrap().to_owned())
        .collect()
}

fn leaks(site: &Site) -> Vec<Value> {
    let listed = site.admin_json(&["alerts"]);
    let alerts = listed["alerts"].as_array().unwrap().iter();
    alerts
        .filter(|alert| alert["kind"] == "leaked_key")
        .cloned()
        .collect()
}

fn a_key_that_leaked_is_revoked_and_others_are_told_apart(site: &Site) {
    site.write(
        ".env",
        "API_KEYS={\"static_key_of_widget\": \"widget_co\"}\n",
    );
    let server = site.start_process();
    let (leaked, private) = (site.issue("acme_corp"), site.issue("acme_corp"));
    let mut import = site.admin_command();
    import.args(["--json", "issue", "--client", "acme_corp", "--key-stdin"]);
    with_input(&mut import, "an-opaque-key-from-elsewhere\n");
    let provider = provider_key(site);
    let mut mistyped = leaked.key.clone();
    let last = mistyped.pop().unwrap();
    mistyped.push(if last == '0' { '1' } else { '0' });
    let unknown = "cl_live_000000000000_0000000000000000000000000000000000000000000aaaaaa";
    let sent = json!([
        {"token": leaked.key, "type": "cl_key", "url": format!("https://x/{}", leaked.key), "source": "commit", "more": 1},
        {"token": mistyped},
        {"token": private.key, "public": false},
        {"token": "an-opaque-key-from-elsewhere"},
        {"token": "static_key_of_widget"},
        {"token": unknown},
        {"token": "nothing of ours"},
        {"token": leaked.key},
    ]);
    let answer = report(&server, &provider, sent);
    let (yes, no) = ("true_positive", "false_positive");
    assert_eq!(labels(&answer), [yes, no, yes, yes, yes, no, no, yes]);
    let first = &answer.json(200)[0];
    assert_eq!(first["token_type"], "cl_key");
    assert_eq!(first["token_hash"].as_str().unwrap().len(), 44);
    // At once: the answer comes when no server accepts it.
    server.get(&leaked.key, WHOAMI).problem(401);
    server
        .get("an-opaque-key-from-elsewhere", WHOAMI)
        .problem(401);
    server.get(&private.key, WHOAMI).json(200);
    server.get("static_key_of_widget", WHOAMI).json(200);
    let shown = site.admin_json(&["show", &leaked.id]);
    assert_eq!(shown["revoked_reason"], "leaked");
    let alerts = leaks(site);
    assert_eq!(alerts.len(), 4, "{alerts:?}");
    let text = serde_json::to_string(&alerts).unwrap();
    assert!(text.contains("take it out of API_KEYS") && text.contains("is not public there"));
    for key in [&leaked.key, &private.key] {
        assert!(!text.contains(key.as_str()), "an address repeats the key");
    }
    server.tell_to_stop();
    let (_, log) = server.wait();
    assert!(
        !log.contains(&leaked.key) && !log.contains("an-opaque-key"),
        "{log}"
    );
}

fn a_client_has_its_own_policy(site: &Site) {
    let server = site.start();
    let provider = provider_key(site);
    for (client, policy, status) in [
        ("acme_corp", "disable", "disabled"),
        ("widget_co", "alert", "active"),
    ] {
        let set = site.admin_json(&["client", "set", "--client", client, "--on-leak", policy]);
        assert_eq!(set["policy"]["on_leak"], policy);
        let issued = site.issue(client);
        let answer = report(&server, &provider, json!([{"token": issued.key}]));
        assert_eq!(labels(&answer), ["true_positive"]);
        assert_eq!(site.admin_json(&["show", &issued.id])["status"], status);
    }
    // A key of the provider is of no client.
    let other = provider_key(site);
    assert_eq!(
        labels(&report(&server, &provider, json!([{"token": other}]))),
        ["true_positive"]
    );
    server.get(&other, WHOAMI).problem(401);
    let patched = server.send(
        "PATCH",
        "/api/v1/provider/clients/acme_corp",
        &[JSON, ("X-API-Key", &provider)],
        br#"{"policy": {"on_leak": "revoke"}, "mail": "ops@acme.example", "mail_scopes": ["logs:read"]}"#,
    );
    assert_eq!(patched.json(200)["policy"]["on_leak"], "revoke");
    let refused = server.send(
        "PATCH",
        "/api/v1/provider/clients/acme_corp",
        &[JSON, ("X-API-Key", &provider)],
        br#"{"policy": {"on_leak": "ignore"}, "mail": "ops", "deliver_template": "x"}"#,
    );
    assert_eq!(refused.problem(422)["errors"].as_array().unwrap().len(), 3);
}

fn only_the_provider_reports_leaks(site: &Site) {
    let server = site.start();
    let issued = site.issue("acme_corp");
    let sent = json!([{"token": issued.key}]);
    report(&server, &issued.key, sent.clone()).problem(403);
    server
        .send("POST", LEAKS, &[JSON], sent.to_string().as_bytes())
        .problem(401);
    // GitHub is not set up here.
    let headers = [
        JSON,
        ("Github-Public-Key-Identifier", "k"),
        ("Github-Public-Key-Signature", "AAAA"),
    ];
    let unsigned = server.send("POST", LEAKS, &headers, sent.to_string().as_bytes());
    assert_eq!(unsigned.header("cache-control"), Some("no-store"));
    unsigned.problem(401);
    let reading = site.admin_json(&["provider-key", "issue", "--scope", "provider:read"]);
    report(&server, reading["api_key"].as_str().unwrap(), sent).problem(403);
    server.get(&issued.key, WHOAMI).json(200);
    let provider = provider_key(site);
    for (body, status) in [(json!({}), 422), (json!([{}]), 422), (json!([]), 200)] {
        assert_eq!(report(&server, &provider, body).status, status);
    }
}

/// What stands before the point of P-256 in a public key (RFC 5480).
const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";

/// Publishes a key as GitHub does.
fn publish(signer: &EcdsaKeyPair) -> String {
    let mut der = Base64::decode_vec(P256).unwrap();
    // Its last byte begins the point.
    der.pop();
    der.extend(signer.public_key().as_ref());
    let encoded = Base64::encode_string(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n");
    let keys = json!({"public_keys": [{"key_identifier": "k1", "key": pem, "is_current": true}]});
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let keys = keys.to_string();
            let length = keys.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{keys}"
            );
        }
    });
    url
}

fn github_reports_by_its_signature_once(site: &Site) {
    let (kind, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
    let signer = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap();
    let mut command = site.server();
    command.env("LOGGER_SECRET_SCANNING_URL", publish(&signer));
    let server = Server::start(command);
    let issued = site.issue("acme_corp");
    let body = json!([{
        "token": issued.key, "type": "central_logger", "url": "https://github.com/acme/x", "source": "commit",
    }]);
    let body = body.to_string();
    let send = |signature: &str, body: &str| {
        let headers = [
            JSON,
            ("Github-Public-Key-Identifier", "k1"),
            ("Github-Public-Key-Signature", signature),
        ];
        server.send("POST", LEAKS, &headers, body.as_bytes())
    };
    let signature = signer.sign(&random, body.as_bytes()).unwrap();
    let signature = Base64::encode_string(signature.as_ref());
    send(&signature, &body.replace("commit", "commits")).problem(401);
    server.get(&issued.key, WHOAMI).json(200);
    assert_eq!(labels(&send(&signature, &body)), ["true_positive"]);
    server.get(&issued.key, WHOAMI).problem(401);
    send(&signature, &body).problem(409);
    let trail = site.admin_json(&["audit"]).to_string();
    assert!(trail.contains("GitHub secret scanning"), "{trail}");
}
