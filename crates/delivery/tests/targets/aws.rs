use crate::{
    holds, new_key, open, put,
    rotations::many_rotations,
    says_nothing_secret,
    stub::{Reply, Seen, Stub},
    survives_every_fault, text, version,
};
use central_logger_delivery::{Target, TargetError};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

const NAME: &str = "aws-secretsmanager:acme/logger?region=eu-central-1";

/// A secret of Secrets Manager.
#[derive(Default)]
struct Secret {
    versions: BTreeMap<String, String>,
    stages: BTreeMap<String, String>,
}

fn error(name: &str) -> Reply {
    let status = if name == "InternalServiceError" {
        500
    } else {
        400
    };
    Reply::json(status, &json!({"__type": name, "Message": "…"}))
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html>
fn answer(secret: &mut Option<Secret>, seen: &Seen) -> Reply {
    let signed = &seen.headers["authorization"];
    let scope =
        "/eu-central-1/secretsmanager/aws4_request, SignedHeaders=content-type;host;x-amz-date;";
    assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKID/") && signed.contains(scope));
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let action = seen.headers["x-amz-target"]
        .strip_prefix("secretsmanager.")
        .unwrap();
    if action == "CreateSecret" {
        let token = text("ClientRequestToken").unwrap();
        if secret.is_some() {
            return error("ResourceExistsException");
        }
        *secret = Some(Secret {
            versions: [(token.clone(), text("SecretString").unwrap())].into(),
            stages: [("AWSCURRENT".to_owned(), token.clone())].into(),
        });
        return Reply::json(200, &json!({"VersionId": token}));
    }
    let Some(secret) = secret else {
        return error("ResourceNotFoundException");
    };
    match action {
        "DescribeSecret" => Reply::json(200, &json!({"Name": "acme/logger"})),
        "GetSecretValue" => {
            let stage = text("VersionStage").unwrap_or("AWSCURRENT".to_owned());
            let id = text("VersionId").or_else(|| secret.stages.get(&stage).cloned());
            let found = id.and_then(|id| Some((secret.versions.get(&id)?.clone(), id)));
            match found {
                Some((value, id)) => {
                    Reply::json(200, &json!({"SecretString": value, "VersionId": id}))
                }
                None => error("ResourceNotFoundException"),
            }
        }
        "PutSecretValue" => {
            let (token, value) = (
                text("ClientRequestToken").unwrap(),
                text("SecretString").unwrap(),
            );
            let before = secret.versions.insert(token.clone(), value.clone());
            if before.is_some_and(|before| before != value) {
                return error("ResourceExistsException");
            }
            for stage in body["VersionStages"].as_array().unwrap() {
                let stage = stage.as_str().unwrap().to_owned();
                secret.stages.insert(stage, token.clone());
            }
            Reply::json(200, &json!({"VersionId": token}))
        }
        "UpdateSecretVersionStage" => {
            let (stage, to) = (
                text("VersionStage").unwrap(),
                text("MoveToVersionId").unwrap(),
            );
            if secret.stages.get(&stage) != text("RemoveFromVersionId").as_ref() {
                return error("InvalidParameterException");
            }
            if let Some(before) = secret.stages.insert(stage, to) {
                secret.stages.insert("AWSPREVIOUS".to_owned(), before);
            }
            Reply::json(200, &json!({"Name": "acme/logger"}))
        }
        other => panic!("{other}"),
    }
}

type Shared = Arc<Mutex<Option<Secret>>>;

async fn start(secret: &Shared) -> Stub {
    let secret = Arc::clone(secret);
    Stub::start(move |seen| answer(&mut secret.lock().unwrap(), seen)).await
}

fn target(stub: &Stub) -> Box<dyn Target> {
    let variables = [
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", stub.url.clone()),
        ("AWS_ACCESS_KEY_ID", "AKID".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "the-secret-key".to_owned()),
        ("AWS_SESSION_TOKEN", "the-session".to_owned()),
    ];
    open(NAME, variables).unwrap()
}

#[tokio::test]
async fn a_version_is_pending_before_it_is_the_current_one() {
    let secret = Shared::default();
    let stub = start(&secret).await;
    let target = target(&stub);
    assert_eq!(text(target.current().await.unwrap()), None);
    target.check().await.unwrap();
    let (first, second) = (new_key(), new_key());
    put(&*target, &first).await.unwrap();
    put(&*target, &second).await.unwrap();
    assert!(holds(&*target, &second).await);
    let stages = secret.lock().unwrap().as_ref().unwrap().stages.clone();
    assert_eq!(stages["AWSCURRENT"], version(&second).to_string());
    assert_eq!(stages["AWSPREVIOUS"], version(&first).to_string());
    let actions: Vec<_> = stub
        .seen()
        .into_iter()
        .map(|seen| seen.headers["x-amz-target"].clone())
        .collect();
    let last: Vec<_> = actions
        .iter()
        .rev()
        .take(3)
        .rev()
        .map(String::as_str)
        .collect();
    assert_eq!(
        last,
        [
            "secretsmanager.PutSecretValue",
            "secretsmanager.UpdateSecretVersionStage",
            "secretsmanager.GetSecretValue",
        ]
    );
    let token = &stub.seen()[0].headers["x-amz-security-token"];
    assert_eq!(token, "the-session");
}

#[tokio::test]
async fn a_fault_at_any_call_is_told_truly() {
    let stub = async || start(&Shared::default()).await;
    survives_every_fault(stub, target).await;
}

#[tokio::test]
async fn a_role_is_taken_from_the_metadata_service_with_a_token() {
    let secret = Shared::default();
    let service = start(&secret).await;
    let metadata = Stub::start(|seen| {
        let has_token = seen.headers.get("x-aws-ec2-metadata-token");
        let path = "/latest/meta-data/iam/security-credentials/";
        match (seen.method.as_str(), seen.path.as_str(), has_token) {
            ("PUT", "/latest/api/token", _) => Reply {
                status: 200,
                headers: Vec::new(),
                body: "metadata-token".to_owned(),
            },
            ("GET", asked, Some(_)) if asked == path => Reply {
                status: 200,
                headers: Vec::new(),
                body: "logger-role".to_owned(),
            },
            ("GET", asked, Some(_)) if asked == format!("{path}logger-role") => Reply::json(
                200,
                &json!({"AccessKeyId": "AKID", "SecretAccessKey": "k", "Token": "t"}),
            ),
            _ => Reply::json(401, &Value::Null),
        }
    });
    let metadata = metadata.await;
    let variables = [
        ("AWS_ENDPOINT_URL", service.url.clone()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url.clone()),
    ];
    let (target, key) = (open(NAME, variables).unwrap(), new_key());
    put(&*target, &key).await.unwrap();
    assert!(holds(&*target, &key).await);
    assert_eq!(service.seen()[0].headers["x-amz-security-token"], "t");
    assert_eq!(metadata.calls(), 3, "credentials are kept");
}

#[tokio::test]
async fn a_web_identity_and_a_profile_are_taken_too() {
    let files = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let secret = Shared::default();
    let service = start(&secret).await;
    let sts = Stub::start(|seen| {
        let asked = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn";
        assert!(seen.body.starts_with(asked) && seen.body.ends_with("WebIdentityToken=the.jwt"));
        Reply {
            status: 200,
            headers: Vec::new(),
            body:
                "<Credentials><AccessKeyId>AKID</AccessKeyId><SecretAccessKey>k</SecretAccessKey>\
                <SessionToken>t</SessionToken></Credentials>"
                    .to_owned(),
        }
    });
    let sts = sts.await;
    let endpoint = || ("AWS_ENDPOINT_URL_SECRETS_MANAGER", service.url.clone());
    let of_identity = [
        endpoint(),
        ("AWS_ENDPOINT_URL_STS", sts.url.clone()),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", write("jwt", "the.jwt\n")),
        ("AWS_ROLE_ARN", "arn".to_owned()),
    ];
    let profile = "[ops]\naws_access_key_id = AKID\naws_secret_access_key = k\n";
    let of_profile = [
        endpoint(),
        ("AWS_SHARED_CREDENTIALS_FILE", write("credentials", profile)),
        (
            "AWS_CONFIG_FILE",
            write("config", "[profile ops]\nregion = eu-central-1\n"),
        ),
        ("AWS_PROFILE", "ops".to_owned()),
    ];
    for variables in [of_identity, of_profile] {
        let name = match variables[3].0 {
            "AWS_PROFILE" => "aws-secretsmanager:acme/logger",
            _ => NAME,
        };
        let (target, key) = (open(name, variables).unwrap(), new_key());
        put(&*target, &key).await.unwrap();
        assert!(holds(&*target, &key).await);
    }
}

#[tokio::test]
async fn what_is_missing_is_named_and_nothing_secret_said() {
    let error = open("aws-secretsmanager:acme", []).err().unwrap();
    assert!(error.to_string().contains("AWS_REGION"), "{error}");
    let disabled = ("AWS_EC2_METADATA_DISABLED", "true".to_owned());
    let target = open(NAME, [disabled]).unwrap();
    let error = target.check().await.unwrap_err();
    assert!(matches!(error, TargetError::NoCredentials(_)), "{error:?}");
    let denied = Stub::start(|_| error_of_denied()).await;
    let error = put(&*self::target(&denied), &new_key()).await.unwrap_err();
    assert!(!error.may_be_written());
    says_nothing_secret(&error, &["the-secret-key", "the-session"]);
    let said = std::error::Error::source(&error).unwrap().to_string();
    assert!(said.contains("AccessDeniedException"), "{said}");
    let elsewhere = [(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "http://evil.example/".to_owned(),
    )];
    let error = open(NAME, elsewhere).unwrap().check().await.unwrap_err();
    assert!(matches!(error, TargetError::Setting(_)), "{error:?}");
}

fn error_of_denied() -> Reply {
    error("com.amazonaws.secretsmanager#AccessDeniedException")
}

#[tokio::test]
async fn rotations_go_on_whatever_fails() {
    let secret = Shared::default();
    let stub = Arc::new(start(&secret).await);
    let at = Arc::clone(&stub);
    many_rotations(&stub, NAME, move || target(&at)).await;
}
