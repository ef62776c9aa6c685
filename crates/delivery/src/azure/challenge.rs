//! The challenge of a vault: where a token is to be had, and for what.

use crate::{CallError, TargetError};
use url::Url;

/// The domains of vaults: <https://learn.microsoft.com/en-us/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers>
const VAULTS: [&str; 3] = [
    ".vault.azure.net",
    ".vault.azure.cn",
    ".vault.usgovcloudapi.net",
];

/// What the answer to a request without a token asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// Where tokens are given out, with the tenant as its path.
    pub(super) authority: Url,
    /// What the token is for, without a slash at the end.
    pub(super) resource: String,
}

/// Whether a vault of this name is in a domain of the cloud.
pub(super) fn is_in_cloud(host: &str) -> bool {
    VAULTS
        .iter()
        .any(|domain| host.len() > domain.len() && host.ends_with(domain))
}

impl Challenge {
    /// Parses the value of the header `WWW-Authenticate`.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, parameters) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let find = |wanted: &str| {
            let mut parameters = parameters.split(',');
            parameters.find_map(|parameter| {
                let (name, value) = parameter.trim().split_once('=')?;
                let is_it = name.trim().eq_ignore_ascii_case(wanted);
                is_it.then(|| value.trim().trim_matches('"').to_owned())
            })
        };
        let authority = find("authorization").or_else(|| find("authorization_uri"))?;
        let resource = find("resource").or_else(|| find("scope"))?;
        let resource = resource.trim_end_matches("/.default").trim_end_matches('/');
        Some(Self {
            authority: Url::parse(&authority).ok()?,
            resource: resource.to_owned(),
        })
    }

    /// Refuses a token for anything but the vault that asks for it: another could use it there.
    /// <https://devblogs.microsoft.com/azure-sdk/guidance-for-applications-using-the-key-vault-libraries/>
    pub(super) fn check_resource(&self, host: &str) -> Result<(), TargetError> {
        let refused = || TargetError::SignIn(CallError::Answer);
        let resource = Url::parse(&self.resource).map_err(|_| refused())?;
        let domain = resource.host_str().unwrap_or_default();
        match resource.scheme() == "https" && host.ends_with(&format!(".{domain}")) {
            true => Ok(()),
            false => Err(refused()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTED: &str = r#"Bearer authorization="https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47", resource="https://vault.azure.net""#;

    #[test]
    fn the_challenge_of_the_documentation_is_understood() {
        let challenge = Challenge::parse(DOCUMENTED).unwrap();
        assert_eq!(challenge.resource, "https://vault.azure.net");
        assert_eq!(
            challenge.authority.host_str(),
            Some("login.microsoftonline.com")
        );
        let scope = DOCUMENTED.replace(
            "resource=\"https://vault.azure.net\"",
            "scope=\"https://vault.azure.net/.default\"",
        );
        assert_eq!(Challenge::parse(&scope), Some(challenge));
        for other in [
            "",
            "Bearer",
            "Basic realm=\"x\"",
            "Bearer authorization=\"x\", resource=\"y\"",
        ] {
            assert_eq!(Challenge::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_token_is_for_the_vault_that_asks_for_it() {
        let challenge = Challenge::parse(DOCUMENTED).unwrap();
        assert!(challenge.check_resource("acme.vault.azure.net").is_ok());
        for host in [
            "acme.evil.example",
            "vault.azure.net.evil.example",
            "evilvault.azure.net",
        ] {
            assert!(challenge.check_resource(host).is_err(), "{host}");
        }
        let other = DOCUMENTED.replace("https://vault.azure.net", "https://graph.microsoft.com");
        let other = Challenge::parse(&other).unwrap();
        assert!(other.check_resource("acme.vault.azure.net").is_err());
    }

    #[test]
    fn a_vault_is_in_a_domain_of_the_cloud() {
        assert!(is_in_cloud("acme.vault.azure.net"));
        for host in [
            "vault.azure.net",
            ".vault.azure.net",
            "acme.vault.azure.net.evil.example",
            "127.0.0.1",
        ] {
            assert!(!is_in_cloud(host), "{host}");
        }
    }
}
