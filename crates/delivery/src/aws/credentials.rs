//! Credentials of AWS, from where its own programs look for them, in their order.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>

use super::{profile::Profile, sigv4::AwsCredentials};
use crate::{
    CallError, Secret, TargetError, Variables,
    credentials_file::read_secret,
    service::{Service, parse},
    target_name::is_region,
};
use form_urlencoded::Serializer;
use http::{Method, Request, header::CONTENT_TYPE};
use serde_json::Value;
use std::path::Path;
use url::{Position, Url};

pub(super) const LOOKED_FOR: &str = "AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY; \
     AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN; the profile AWS_PROFILE in ~/.aws/credentials; \
     AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI; the metadata service of EC2 (IMDSv2)";

/// Where the metadata service of EC2 is.
const EC2: &str = "http://169.254.169.254";
/// Where the agents of ECS and EKS are.
const ECS: &str = "http://169.254.170.2";
/// Agents that credentials are taken from without TLS, beside this machine.
const AGENTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/// Finds credentials.
pub(super) async fn find(
    variables: &Variables,
    profile: &Profile,
    region: &str,
) -> Result<AwsCredentials, TargetError> {
    let of_variables = given(
        variables.get("AWS_ACCESS_KEY_ID"),
        variables.get("AWS_SECRET_ACCESS_KEY"),
        variables.get("AWS_SESSION_TOKEN"),
    );
    if let Some(credentials) = of_variables {
        return Ok(credentials);
    }
    let identity = variables.get("AWS_WEB_IDENTITY_TOKEN_FILE");
    if let (Some(file), Some(role)) = (identity, variables.get("AWS_ROLE_ARN")) {
        return of_web_identity(variables, &file, &role, region).await;
    }
    let of_profile = given(
        profile.get("aws_access_key_id"),
        profile.get("aws_secret_access_key"),
        profile.get("aws_session_token"),
    );
    if let Some(credentials) = of_profile {
        return Ok(credentials);
    }
    if let Some(url) = container_url(variables)? {
        return of_container(variables, &url).await;
    }
    match variables.get("AWS_EC2_METADATA_DISABLED").as_deref() {
        Some("true") => Err(TargetError::NoCredentials(LOOKED_FOR)),
        _ => of_ec2(variables).await,
    }
}

fn given(
    access_key: Option<String>,
    secret_key: Option<String>,
    session_token: Option<String>,
) -> Option<AwsCredentials> {
    Some(AwsCredentials {
        access_key: access_key?,
        secret_key: secret_key?.into(),
        session_token: session_token.map(Secret::from),
    })
}

/// AssumeRoleWithWebIdentity:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
async fn of_web_identity(
    variables: &Variables,
    file: &str,
    role: &str,
    region: &str,
) -> Result<AwsCredentials, TargetError> {
    let token = read_secret(Path::new(file))?;
    let session = variables.get("AWS_ROLE_SESSION_NAME");
    let body = Serializer::new(String::new())
        .append_pair("Action", "AssumeRoleWithWebIdentity")
        .append_pair("Version", "2011-06-15")
        .append_pair("RoleArn", role)
        .append_pair(
            "RoleSessionName",
            session.as_deref().unwrap_or("central-logger"),
        )
        .append_pair("WebIdentityToken", token.expose())
        .finish();
    let service = service(variables, "sts", region)?;
    let request = Request::builder().method(Method::POST).uri("/");
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(body).map_err(|_| sign_in(CallError::Answer))?;
    let answer = service.call(request).await.map_err(sign_in)?;
    let text = answer.text().map_err(sign_in)?;
    let element = |name: &str| {
        let (_, rest) = text.expose().split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        Some(value.to_owned())
    };
    let credentials = given(
        element("AccessKeyId"),
        element("SecretAccessKey"),
        element("SessionToken"),
    );
    credentials.ok_or(sign_in(CallError::Answer))
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
fn container_url(variables: &Variables) -> Result<Option<Url>, TargetError> {
    if let Some(path) = variables.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        let setting = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
        return parse(&format!("{ECS}{path}"), setting).map(Some);
    }
    let setting = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    let Some(url) = variables.get(setting) else {
        return Ok(None);
    };
    let url = parse(&url, setting)?;
    let host = url.host_str().unwrap_or_default();
    let is_here = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
    match url.scheme() == "https" || is_here || AGENTS.contains(&host) {
        true => Ok(Some(url)),
        false => Err(TargetError::Setting(format!(
            "{setting} is neither https:// nor an agent of this machine"
        ))),
    }
}

async fn of_container(variables: &Variables, url: &Url) -> Result<AwsCredentials, TargetError> {
    let token = match variables.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(file) => Some(read_secret(Path::new(&file))?),
        None => variables
            .get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
            .map(Secret::from),
    };
    let service = Service::of_operator(url.as_str(), "the agent of the container")?;
    let mut request = Request::get(&url[Position::BeforePath..Position::AfterQuery]);
    if let Some(token) = &token {
        request = request.header("authorization", token.expose());
    }
    let request = request.body(String::new());
    let request = request.map_err(|_| sign_in(CallError::Answer))?;
    let answer = service.call(request).await.map_err(sign_in)?;
    answered(&answer.json().map_err(sign_in)?)
}

/// IMDSv2: a token first, so that a request that somebody slips in gets nothing.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>
async fn of_ec2(variables: &Variables) -> Result<AwsCredentials, TargetError> {
    let setting = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    let address = variables.get(setting).unwrap_or(EC2.to_owned());
    let service = Service::of_operator(&address, setting)?;
    let asked = Request::put("/latest/api/token")
        .header("x-aws-ec2-metadata-token-ttl-seconds", "300")
        .body(String::new());
    let asked = asked.map_err(|_| sign_in(CallError::Answer))?;
    // Outside of EC2, nobody is there.
    let answer = service.call(asked).await;
    let answer = answer.map_err(|_| TargetError::NoCredentials(LOOKED_FOR))?;
    let token = answer.text().map_err(sign_in)?;
    let get = async |path: &str| {
        let request = Request::get(path).header("x-aws-ec2-metadata-token", token.expose());
        let request = request.body(String::new());
        let request = request.map_err(|_| sign_in(CallError::Answer))?;
        service.call(request).await.map_err(sign_in)
    };
    let path = "/latest/meta-data/iam/security-credentials/";
    let role = get(path).await?.text().map_err(sign_in)?;
    let role = role.expose().trim();
    // The name of a role: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if role.is_empty() || !role.bytes().all(is_name) {
        return Err(sign_in(CallError::Answer));
    }
    let answer = get(&format!("{path}{role}")).await?;
    answered(&answer.json().map_err(sign_in)?)
}

fn answered(said: &Value) -> Result<AwsCredentials, TargetError> {
    let text = |name: &str| said[name].as_str().map(str::to_owned);
    let credentials = given(text("AccessKeyId"), text("SecretAccessKey"), text("Token"));
    credentials.ok_or(sign_in(CallError::Answer))
}

fn sign_in(error: CallError) -> TargetError {
    TargetError::SignIn(error)
}

/// Returns a service of AWS: where the operator has set it, or in its domain.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
pub(super) fn service(
    variables: &Variables,
    name: &str,
    region: &str,
) -> Result<Service, TargetError> {
    let of_service = match name {
        "sts" => "AWS_ENDPOINT_URL_STS",
        _ => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    };
    for setting in [of_service, "AWS_ENDPOINT_URL"] {
        if let Some(url) = variables.get(setting) {
            return Service::of_operator(&url, setting);
        }
    }
    if !is_region(region) {
        return Err(TargetError::Setting(
            "the region is none: write eu-central-1".to_owned(),
        ));
    }
    let domain = match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    };
    Service::public(&format!("https://{name}.{region}.{domain}"))
}
