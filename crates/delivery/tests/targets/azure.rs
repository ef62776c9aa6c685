use crate::{
    holds, new_key, open, put,
    rotations::many_rotations,
    says_nothing_secret,
    stub::{Reply, Seen, Stub},
    survives_every_fault, text,
};
use central_logger_delivery::{Target, TargetError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const TOKEN: &str = "the-access-token";
type Versions = Arc<Mutex<Vec<Value>>>;

/// <https://learn.microsoft.com/en-us/azure/key-vault/general/authentication-requests-and-responses> and
/// <https://learn.microsoft.com/en-us/rest/api/keyvault/secrets/operation-groups>
fn answer(versions: &mut Vec<Value>, seen: &Seen) -> Reply {
    if seen.path == "/tenant-1/oauth2/v2.0/token" {
        let asked = "grant_type=client_credentials&client_id=app&scope=https%3A%2F%2Fvault.azure.net%2F.default";
        let is_known =
            seen.body.starts_with(asked) && seen.body.ends_with("client_secret=the-secret");
        return token(is_known);
    }
    if seen.path.starts_with("/metadata/identity/oauth2/token?") {
        let is_known = seen.headers.get("metadata").map(String::as_str) == Some("true")
            && seen
                .path
                .ends_with("api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net");
        return token(is_known);
    }
    assert_eq!(seen.path, "/secrets/logger?api-version=7.4");
    if seen.headers.get("authorization") != Some(&format!("Bearer {TOKEN}")) {
        let challenge = "Bearer authorization=\"https://login.microsoftonline.com/tenant-1\", \
            resource=\"https://vault.azure.net\"";
        return Reply {
            headers: vec![("www-authenticate", challenge.to_owned())],
            ..Reply::json(401, &json!({"error": {"code": "Unauthorized"}}))
        };
    }
    match seen.method.as_str() {
        "GET" => match versions.last() {
            Some(last) => Reply::json(200, last),
            None => Reply::json(404, &json!({"error": {"code": "SecretNotFound"}})),
        },
        "PUT" => {
            let secret: Value = serde_json::from_str(&seen.body).unwrap();
            versions.push(secret.clone());
            Reply::json(200, &secret)
        }
        other => panic!("{other}"),
    }
}

fn token(is_known: bool) -> Reply {
    match is_known {
        true => Reply::json(200, &json!({"access_token": TOKEN, "token_type": "Bearer"})),
        false => Reply::json(401, &json!({"error": "invalid_client"})),
    }
}

async fn start(versions: &Versions) -> Stub {
    let versions = Arc::clone(versions);
    Stub::start(move |seen| answer(&mut versions.lock().unwrap(), seen)).await
}

fn with_secret(stub: &Stub, secret: &str) -> Box<dyn Target> {
    let variables = [
        ("LOGGER_AZURE_VAULT_URL", stub.url.clone()),
        ("AZURE_AUTHORITY_HOST", stub.url.clone()),
        ("AZURE_CLIENT_ID", "app".to_owned()),
        ("AZURE_CLIENT_SECRET", secret.to_owned()),
    ];
    open(
        &format!("azure-keyvault:{}/secrets/logger", stub.url),
        variables,
    )
    .unwrap()
}

fn target(stub: &Stub) -> Box<dyn Target> {
    with_secret(stub, "the-secret")
}

#[tokio::test]
async fn a_version_has_the_expiry_and_the_ids_of_its_key() {
    let versions = Versions::default();
    let stub = start(&versions).await;
    let target = target(&stub);
    assert_eq!(text(target.current().await.unwrap()), None);
    target.check().await.unwrap();
    let key = new_key();
    put(&*target, &key).await.unwrap();
    assert!(holds(&*target, &key).await);
    let written = versions.lock().unwrap()[0].clone();
    assert_eq!(
        written["attributes"],
        json!({"enabled": true, "exp": 1_780_272_000})
    );
    assert_eq!(written["tags"]["key_id"], key.key_id().unwrap().as_str());
    assert_eq!(written["tags"]["client_id"], "acme");
}

#[tokio::test]
async fn a_fault_at_any_call_is_told_truly() {
    let stub = async || start(&Versions::default()).await;
    survives_every_fault(stub, target).await;
}

#[tokio::test]
async fn a_managed_identity_is_asked_at_the_metadata_service() {
    let versions = Versions::default();
    let stub = start(&versions).await;
    let variables = [
        ("LOGGER_AZURE_VAULT_URL", stub.url.clone()),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", stub.url.clone()),
    ];
    let name = format!("azure-keyvault:{}/secrets/logger", stub.url);
    let (target, key) = (open(&name, variables).unwrap(), new_key());
    put(&*target, &key).await.unwrap();
    assert!(holds(&*target, &key).await);
}

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let stub = start(&Versions::default()).await;
    // A vault that nobody has set, in no domain of the cloud.
    let elsewhere = open(&format!("azure-keyvault:{}/secrets/logger", stub.url), []);
    assert!(matches!(elsewhere.err().unwrap(), TargetError::Setting(_)));
    let look_alike = open(
        "azure-keyvault:https://vault.azure.net.evil.example/secrets/a",
        [],
    );
    assert!(matches!(look_alike.err().unwrap(), TargetError::Setting(_)));
    // An authority that the vault names, but that is none of the cloud.
    let naming = Stub::start(|_| Reply {
        headers: vec![(
            "www-authenticate",
            "Bearer authorization=\"http://127.0.0.1:9/t\", resource=\"https://vault.azure.net\""
                .to_owned(),
        )],
        ..Reply::json(401, &Value::Null)
    });
    let naming = naming.await;
    let variables = [
        ("LOGGER_AZURE_VAULT_URL", naming.url.clone()),
        ("AZURE_CLIENT_ID", "app".to_owned()),
        ("AZURE_CLIENT_SECRET", "the-secret".to_owned()),
    ];
    let target = open(
        &format!("azure-keyvault:{}/secrets/logger", naming.url),
        variables,
    );
    let error = target.unwrap().check().await.unwrap_err();
    assert!(matches!(error, TargetError::SignIn(_)), "{error:?}");
    assert_eq!(naming.calls(), 1);
    let error = with_secret(&stub, "wrong-secret")
        .check()
        .await
        .unwrap_err();
    says_nothing_secret(&error, &["wrong-secret", TOKEN]);
    let said = std::error::Error::source(&error).unwrap().to_string();
    assert!(said.contains("invalid_client"), "{said}");
}

#[tokio::test]
async fn rotations_go_on_whatever_fails() {
    let secret = Versions::default();
    let stub = Arc::new(start(&secret).await);
    let at = Arc::clone(&stub);
    many_rotations(
        &stub,
        "azure-keyvault:https://acme.vault.azure.net/secrets/logger",
        move || target(&at),
    )
    .await;
}
