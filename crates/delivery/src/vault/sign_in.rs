//! The token of Vault, from where its own programs look for one.

use super::VaultTarget;
use crate::{
    CallError, Secret, TargetError, Variables,
    credentials_file::{home, read_optional, read_secret},
    service::json_request,
};
use http::Method;
use serde_json::json;
use std::path::Path;

/// The token of the service account within a pod.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

const LOOKED_FOR: &str = "VAULT_TOKEN; VAULT_TOKEN_FILE; VAULT_ROLE_ID with VAULT_SECRET_ID or \
     VAULT_SECRET_ID_FILE (AppRole); VAULT_K8S_ROLE with the token of the service account \
     (Kubernetes); ~/.vault-token";

pub(super) enum Credentials {
    Token(Secret),
    /// <https://developer.hashicorp.com/vault/api-docs/auth/approle>
    AppRole {
        mount: String,
        role_id: String,
        secret_id: Secret,
    },
    /// <https://developer.hashicorp.com/vault/api-docs/auth/kubernetes>
    Kubernetes {
        mount: String,
        role: String,
        jwt: Secret,
    },
}

impl Credentials {
    pub(super) fn find(variables: &Variables) -> Result<Self, TargetError> {
        if let Some(token) = variables.get("VAULT_TOKEN") {
            return Ok(Self::Token(token.into()));
        }
        if let Some(path) = variables.get("VAULT_TOKEN_FILE") {
            return Ok(Self::Token(read_secret(Path::new(&path))?));
        }
        if let Some(role_id) = variables.get("VAULT_ROLE_ID") {
            let secret_id = match variables.get("VAULT_SECRET_ID_FILE") {
                Some(path) => Some(read_secret(Path::new(&path))?),
                None => variables.get("VAULT_SECRET_ID").map(Secret::from),
            };
            return Ok(Self::AppRole {
                mount: variables
                    .get("VAULT_APPROLE_MOUNT")
                    .unwrap_or("approle".to_owned()),
                role_id,
                secret_id: secret_id.ok_or(TargetError::NoCredentials(LOOKED_FOR))?,
            });
        }
        if let Some(role) = variables.get("VAULT_K8S_ROLE") {
            let path = variables.get("VAULT_K8S_TOKEN_FILE");
            let path = path.as_deref().unwrap_or(SERVICE_ACCOUNT);
            return Ok(Self::Kubernetes {
                mount: variables
                    .get("VAULT_K8S_MOUNT")
                    .unwrap_or("kubernetes".to_owned()),
                role,
                jwt: read_secret(Path::new(path))?,
            });
        }
        let file = home(variables).map(|home| home.join(".vault-token"));
        match file.map(|file| read_optional(&file)).transpose()?.flatten() {
            Some(token) => Ok(Self::Token(token)),
            None => Err(TargetError::NoCredentials(LOOKED_FOR)),
        }
    }

    pub(super) async fn sign_in(&self, vault: &VaultTarget) -> Result<Secret, CallError> {
        let (mount, body) = match self {
            Self::Token(token) => return Ok(token.clone()),
            Self::AppRole {
                mount,
                role_id,
                secret_id,
            } => (
                mount,
                json!({"role_id": role_id, "secret_id": secret_id.expose()}),
            ),
            Self::Kubernetes { mount, role, jwt } => {
                (mount, json!({"role": role, "jwt": jwt.expose()}))
            }
        };
        let request = vault.request(Method::POST, &["auth", mount, "login"]);
        let answer = vault.service.call(json_request(request, &body)?).await?;
        let said = answer.json()?;
        let token = said["auth"]["client_token"].as_str();
        let token = token.filter(|token| !token.is_empty());
        token
            .map(|token| token.to_owned().into())
            .ok_or(CallError::Answer)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(set: &'static [(&'static str, &'static str)]) -> Result<&'static str, TargetError> {
        let variables = Variables::from_fn(move |name| {
            let mut set = set.iter();
            set.find(|(set, _)| *set == name)
                .map(|(_, value)| (*value).to_owned())
        });
        Credentials::find(&variables).map(|credentials| match credentials {
            Credentials::Token(_) => "token",
            Credentials::AppRole { .. } => "approle",
            Credentials::Kubernetes { .. } => "kubernetes",
        })
    }

    #[test]
    fn credentials_are_looked_for_in_order() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s.token\n").unwrap();
        assert_eq!(
            found(&[("VAULT_TOKEN", "t"), ("VAULT_ROLE_ID", "r")]).unwrap(),
            "token"
        );
        let role = [("VAULT_ROLE_ID", "r"), ("VAULT_SECRET_ID", "s")];
        assert_eq!(found(Box::leak(Box::new(role))).unwrap(), "approle");
        let path = file.path().to_str().unwrap().to_owned().leak();
        let kubernetes = [("VAULT_K8S_ROLE", "r"), ("VAULT_K8S_TOKEN_FILE", &*path)];
        assert_eq!(
            found(Box::leak(Box::new(kubernetes))).unwrap(),
            "kubernetes"
        );
        let half = found(&[("VAULT_ROLE_ID", "r"), ("HOME", "/nowhere")]).unwrap_err();
        let nothing = found(&[("HOME", "/nowhere")]).unwrap_err();
        for error in [half, nothing] {
            assert!(
                error.to_string().contains("VAULT_TOKEN; VAULT_TOKEN_FILE"),
                "{error}"
            );
        }
    }
}
