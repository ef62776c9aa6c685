//! Tokens of Microsoft Entra, from where the libraries of Azure look for one, in their order.
//!
//! <https://learn.microsoft.com/en-us/azure/developer/python/sdk/authentication/credential-chains>

use super::challenge::Challenge;
use crate::{
    CallError, Secret, TargetError, Variables, credentials_file::read_secret, service::Service,
};
use form_urlencoded::Serializer;
use http::{Request, header::CONTENT_TYPE};
use std::path::PathBuf;
use url::Url;

const LOOKED_FOR: &str = "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; \
     AZURE_FEDERATED_TOKEN_FILE with AZURE_CLIENT_ID (workload identity); IDENTITY_ENDPOINT with \
     IDENTITY_HEADER (App Service); the metadata service of Azure (managed identity)";

/// Where the metadata service of Azure is.
const METADATA: &str = "http://169.254.169.254";
/// Where tokens are given out, beside where the operator says.
const AUTHORITIES: [&str; 3] = [
    "login.microsoftonline.com",
    "login.partner.microsoftonline.cn",
    "login.microsoftonline.us",
];

pub(super) enum Credentials {
    /// <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
    Client {
        tenant: Option<String>,
        client: String,
        proof: Proof,
    },
    /// <https://learn.microsoft.com/en-us/azure/app-service/overview-managed-identity>
    AppService { endpoint: String, header: Secret },
    /// <https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
    Metadata,
}

pub(super) enum Proof {
    Secret(Secret),
    /// A file with a token of the cluster, which is read each time.
    Federated(PathBuf),
}

impl Credentials {
    pub(super) fn find(variables: &Variables) -> Result<Self, TargetError> {
        let (tenant, client) = (
            variables.get("AZURE_TENANT_ID"),
            variables.get("AZURE_CLIENT_ID"),
        );
        let secret = variables.get("AZURE_CLIENT_SECRET");
        let file = variables.get("AZURE_FEDERATED_TOKEN_FILE");
        let proof = match (secret, file) {
            (Some(secret), _) => Some(Proof::Secret(secret.into())),
            (None, Some(file)) => Some(Proof::Federated(file.into())),
            (None, None) => None,
        };
        if let Some(proof) = proof {
            let client = client.ok_or(TargetError::NoCredentials(LOOKED_FOR))?;
            return Ok(Self::Client {
                tenant,
                client,
                proof,
            });
        }
        let (endpoint, header) = (
            variables.get("IDENTITY_ENDPOINT"),
            variables.get("IDENTITY_HEADER"),
        );
        match (endpoint, header) {
            (Some(endpoint), Some(header)) => Ok(Self::AppService {
                endpoint,
                header: header.into(),
            }),
            _ => Ok(Self::Metadata),
        }
    }

    pub(super) async fn token(
        &self,
        variables: &Variables,
        challenge: &Challenge,
    ) -> Result<Secret, TargetError> {
        let client = variables.get("AZURE_CLIENT_ID");
        match self {
            Self::Client {
                tenant,
                client,
                proof,
            } => of_client(variables, challenge, (tenant.as_deref(), client), proof).await,
            Self::AppService { endpoint, header } => {
                let service = Service::of_operator(endpoint, "IDENTITY_ENDPOINT")?;
                let path = Url::parse(endpoint).map(|url| url.path().to_owned());
                let path = path.unwrap_or("/".to_owned());
                let query = query(challenge, "2019-08-01", client.as_deref());
                let request = Request::get(format!("{path}?{query}"));
                let request = request.header("x-identity-header", header.expose());
                ask(&service, request.body(String::new())).await
            }
            Self::Metadata => {
                let setting = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
                let address = variables.get(setting).unwrap_or(METADATA.to_owned());
                let service = Service::of_operator(&address, setting)?;
                let query = query(challenge, "2018-02-01", client.as_deref());
                let request = Request::get(format!("/metadata/identity/oauth2/token?{query}"));
                // Without it, the service takes a request for one that somebody has slipped in.
                let request = request.header("metadata", "true").body(String::new());
                match ask(&service, request).await {
                    // Outside of Azure, nobody is there.
                    Err(TargetError::SignIn(CallError::Send(_) | CallError::Timeout)) => {
                        Err(TargetError::NoCredentials(LOOKED_FOR))
                    }
                    asked => asked,
                }
            }
        }
    }
}

fn query(challenge: &Challenge, version: &str, client: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("api-version", version);
    query.append_pair("resource", &challenge.resource);
    if let Some(client) = client {
        query.append_pair("client_id", client);
    }
    query.finish()
}

async fn of_client(
    variables: &Variables,
    challenge: &Challenge,
    (tenant, client): (Option<&str>, &str),
    proof: &Proof,
) -> Result<Secret, TargetError> {
    let authority = authority(variables, challenge)?;
    let named = challenge.authority.path().trim_matches('/');
    let tenant = tenant.unwrap_or(named);
    let is_tenant = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if tenant.is_empty() || !tenant.bytes().all(is_tenant) {
        return Err(TargetError::SignIn(CallError::Answer));
    }
    let form = form(challenge, client, proof)?;
    let request = Request::post(format!("/{tenant}/oauth2/v2.0/token"));
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    ask(&authority, request.body(form)).await
}

fn form(challenge: &Challenge, client: &str, proof: &Proof) -> Result<String, TargetError> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", client);
    form.append_pair("scope", &format!("{}/.default", challenge.resource));
    match proof {
        Proof::Secret(secret) => {
            form.append_pair("client_secret", secret.expose());
        }
        Proof::Federated(file) => {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            form.append_pair("client_assertion_type", kind);
            form.append_pair("client_assertion", read_secret(file)?.expose());
        }
    }
    Ok(form.finish())
}

/// Credentials go to the authority that the operator has set, or else to one of the cloud.
fn authority(variables: &Variables, challenge: &Challenge) -> Result<Service, TargetError> {
    let setting = "AZURE_AUTHORITY_HOST";
    if let Some(own) = variables.get(setting) {
        return Service::of_operator(&own, setting);
    }
    let host = challenge.authority.host_str().unwrap_or_default();
    match AUTHORITIES.contains(&host) {
        true => Service::public(&format!("https://{host}")),
        false => Err(TargetError::SignIn(CallError::Answer)),
    }
}

async fn ask(
    service: &Service,
    request: Result<Request<String>, http::Error>,
) -> Result<Secret, TargetError> {
    let request = request.map_err(|_| TargetError::SignIn(CallError::Answer))?;
    let answer = service.call(request).await.map_err(TargetError::SignIn)?;
    let said = match answer.status.is_success() {
        true => answer.json().map_err(TargetError::SignIn)?,
        false => {
            let said = answer.failure();
            let code = said["error"].as_str().unwrap_or_default();
            return Err(TargetError::SignIn(answer.error(code)));
        }
    };
    let token = said["access_token"].as_str();
    let token = token.filter(|token| !token.is_empty());
    let token = token.map(|token| token.to_owned().into());
    token.ok_or(TargetError::SignIn(CallError::Answer))
}
