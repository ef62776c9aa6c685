use crate::{
    holds, new_key, open, put,
    rotations::many_rotations,
    says_nothing_secret,
    stub::{Reply, Seen, Stub},
    survives_every_fault, text,
};
use central_logger_delivery::{Target, TargetError};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};

const NAME: &str = "vault:secret/acme/logger";
const TOKEN: &str = "s.of-the-test";

/// A secret of a key-value store of version 2.
#[derive(Default)]
struct Kv {
    version: u64,
    data: Map<String, Value>,
    custom: Map<String, Value>,
    is_deleted: bool,
    is_read_only: bool,
}

/// <https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2>
fn answer(kv: &mut Kv, seen: &Seen) -> Reply {
    let body: Value = serde_json::from_str(&seen.body).unwrap_or_default();
    if seen.path == "/v1/auth/approle/login" || seen.path == "/v1/auth/kubernetes/login" {
        let is_known = body["role_id"] == "role" && body["secret_id"] == "secret-id"
            || body["role"] == "logger" && body["jwt"] == "the.jwt";
        return match is_known {
            true => Reply::json(200, &json!({"auth": {"client_token": TOKEN}})),
            false => Reply::json(400, &json!({"errors": ["invalid role or secret ID"]})),
        };
    }
    if seen.headers.get("x-vault-token").map(String::as_str) != Some(TOKEN) {
        return Reply::json(403, &json!({"errors": ["permission denied"]}));
    }
    let metadata = json!({
        "version": kv.version, "custom_metadata": kv.custom, "destroyed": false,
    });
    match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/v1/secret/data/acme/logger") => match (kv.version, kv.is_deleted) {
            (0, _) => Reply::json(404, &json!({"errors": []})),
            (_, true) => Reply::json(404, &json!({"data": {"data": null, "metadata": metadata}})),
            _ => Reply::json(
                200,
                &json!({"data": {"data": kv.data, "metadata": metadata}}),
            ),
        },
        ("POST", "/v1/secret/data/acme/logger") => {
            if body["options"]["cas"] != kv.version {
                let error = "check-and-set parameter did not match the current version";
                return Reply::json(400, &json!({"errors": [error]}));
            }
            kv.version += 1;
            kv.is_deleted = false;
            kv.data = body["data"].as_object().unwrap().clone();
            Reply::json(200, &json!({"data": {"version": kv.version}}))
        }
        ("POST", "/v1/secret/metadata/acme/logger") => {
            kv.custom = body["custom_metadata"].as_object().unwrap().clone();
            Reply::json(204, &Value::Null)
        }
        ("POST", "/v1/sys/capabilities-self") => {
            let can: &[&str] = match kv.is_read_only {
                true => &["read"],
                false => &["create", "read", "update"],
            };
            Reply::json(200, &json!({"data": {"capabilities": can}}))
        }
        other => panic!("{other:?}"),
    }
}

async fn start(kv: &Arc<Mutex<Kv>>) -> Stub {
    let kv = Arc::clone(kv);
    Stub::start(move |seen| answer(&mut kv.lock().unwrap(), seen)).await
}

fn target(stub: &Stub) -> Box<dyn Target> {
    let token = ("VAULT_TOKEN", TOKEN.to_owned());
    open(NAME, [("VAULT_ADDR", stub.url.clone()), token]).unwrap()
}

#[tokio::test]
async fn a_check_names_the_capability_that_the_policy_lacks() {
    let kv = Kv {
        is_read_only: true,
        ..Kv::default()
    };
    let kv = Arc::new(Mutex::new(kv));
    let stub = start(&kv).await;
    for (version, lacks) in [(0, "create"), (1, "update")] {
        kv.lock().unwrap().version = version;
        let error = target(&stub).check().await.unwrap_err();
        let is_named = matches!(error, TargetError::NoCapability(named) if named == lacks);
        assert!(is_named, "{error:?}");
    }
}

#[tokio::test]
async fn the_key_is_a_field_beside_others() {
    let kv = Arc::new(Mutex::new(Kv::default()));
    let stub = start(&kv).await;
    let target = target(&stub);
    assert_eq!(text(target.current().await.unwrap()), None);
    target.check().await.unwrap();
    let first = new_key();
    put(&*target, &first).await.unwrap();
    {
        let mut kv = kv.lock().unwrap();
        assert_eq!(
            kv.data["LOGGER_API_URL"],
            "https://logs.example.com/api/v1/logs"
        );
        assert_eq!(kv.custom["key_id"], first.key_id().unwrap().as_str());
        kv.data.insert("other".to_owned(), 7.into());
        kv.custom.insert("team".to_owned(), "ops".into());
    }
    let second = new_key();
    put(&*target, &second).await.unwrap();
    assert!(holds(&*target, &second).await);
    {
        let mut kv = kv.lock().unwrap();
        assert_eq!(
            (&kv.data["other"], &kv.custom["team"]),
            (&json!(7), &json!("ops"))
        );
        kv.is_deleted = true;
    }
    assert_eq!(
        text(target.current().await.unwrap()),
        None,
        "its last version is deleted"
    );
    put(&*target, &first).await.unwrap();
    assert!(holds(&*target, &first).await);
}

#[tokio::test]
async fn what_somebody_else_writes_meanwhile_is_not_overwritten() {
    let kv = Arc::new(Mutex::new(Kv::default()));
    let shared = Arc::clone(&kv);
    let stub = Stub::start(move |seen| {
        let mut kv = shared.lock().unwrap();
        let reply = answer(&mut kv, seen);
        // Right after it was read.
        kv.version += u64::from(seen.method == "GET");
        reply
    });
    let stub = stub.await;
    let error = put(&*target(&stub), &new_key()).await.unwrap_err();
    assert!(matches!(error, TargetError::Changed), "{error:?}");
    assert!(!error.may_be_written());
}

#[tokio::test]
async fn a_fault_at_any_call_is_told_truly() {
    let stub = async || start(&Arc::default()).await;
    survives_every_fault(stub, target).await;
}

#[tokio::test]
async fn programs_sign_in_by_a_role_or_a_service_account() {
    let kv = Arc::new(Mutex::new(Kv::default()));
    let stub = start(&kv).await;
    let address = || ("VAULT_ADDR", stub.url.clone());
    let jwt = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(jwt.path(), "the.jwt\n").unwrap();
    let jwt = jwt.path().display().to_string();
    for target in [
        open(
            NAME,
            [
                address(),
                ("VAULT_ROLE_ID", "role".to_owned()),
                ("VAULT_SECRET_ID", "secret-id".to_owned()),
            ],
        ),
        open(
            NAME,
            [
                address(),
                ("VAULT_K8S_ROLE", "logger".to_owned()),
                ("VAULT_K8S_TOKEN_FILE", jwt),
            ],
        ),
    ] {
        let (target, key) = (target.unwrap(), new_key());
        put(&*target, &key).await.unwrap();
        assert!(holds(&*target, &key).await);
    }
    let wrong = open(
        NAME,
        [
            address(),
            ("VAULT_ROLE_ID", "role".to_owned()),
            ("VAULT_SECRET_ID", "wrong-secret".to_owned()),
        ],
    );
    let error = put(&*wrong.unwrap(), &new_key()).await.unwrap_err();
    assert!(matches!(error, TargetError::SignIn(_)), "{error:?}");
    says_nothing_secret(&error, &["wrong-secret"]);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let error = open(NAME, []).err().unwrap();
    assert!(error.to_string().contains("VAULT_ADDR"), "{error}");
    let address = ("VAULT_ADDR", "http://127.0.0.1:1".to_owned());
    let error = open(NAME, [address.clone()]).err().unwrap();
    assert!(matches!(error, TargetError::NoCredentials(_)), "{error:?}");
    let token = ("VAULT_TOKEN", "hvs.secret".to_owned());
    let target = open(NAME, [address, token]).unwrap();
    let error = put(&*target, &new_key()).await.unwrap_err();
    assert!(!error.may_be_written(), "nobody listens there: {error:?}");
    says_nothing_secret(&error, &["hvs.secret"]);
}

#[tokio::test]
async fn rotations_go_on_whatever_fails() {
    let secret = <Arc<Mutex<Kv>>>::default();
    let stub = Arc::new(start(&secret).await);
    let at = Arc::clone(&stub);
    many_rotations(&stub, NAME, move || target(&at)).await;
}
