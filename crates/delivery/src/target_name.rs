use central_logger_mail::MailAddress;
use std::{
    fmt,
    path::{Component, Path, PathBuf},
    str::FromStr,
};
use url::Url;

/// Where a key goes, as it is written.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::TargetName;
///
/// let name: TargetName = "vault:secret/acme/logger".parse()?;
/// let vault = TargetName::Vault { mount: "secret".to_owned(), path: "acme/logger".to_owned() };
/// assert_eq!(name, vault);
/// assert_eq!(name.to_string(), "vault:secret/acme/logger");
/// # Ok::<(), central_logger_delivery::InvalidTargetName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TargetName {
    /// A file, by its absolute path.
    File(PathBuf),
    /// A secret in Vault or OpenBao, in a key-value store of version 2.
    Vault {
        /// The mount of the store.
        mount: String,
        /// The path of the secret within.
        path: String,
    },
    /// A secret in AWS Secrets Manager.
    AwsSecretsManager {
        /// Its name or ARN.
        name: String,
        /// Its region, if it is not the one of the settings.
        region: Option<String>,
    },
    /// A secret in Azure Key Vault.
    AzureKeyVault {
        /// The vault, such as `https://acme.vault.azure.net`.
        vault: String,
        /// The name of the secret.
        name: String,
    },
    /// A mail address, which gets a link.
    Mail(MailAddress),
}

/// Error returned when parsing a [`TargetName`] fails, with a right one.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::TargetName;
///
/// let error = "vault:acme".parse::<TargetName>().unwrap_err();
/// assert!(error.to_string().ends_with("for example vault:secret/acme/logger"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}, for example {example}")]
pub struct InvalidTargetName {
    reason: &'static str,
    example: &'static str,
}

const FILE: &str = "file:/run/keys/acme_corp";
const VAULT: &str = "vault:secret/acme/logger";
const AWS: &str = "aws-secretsmanager:acme/logger?region=eu-central-1";
const AZURE: &str = "azure-keyvault:https://acme.vault.azure.net/secrets/logger";
const MAIL: &str = "smtp:ops@acme.example";

/// Longer than the name of any secret that these systems take.
const MAX_LENGTH: usize = 2048;

impl TargetName {
    /// Returns the address, if it is one of mail.
    pub fn mail_address(&self) -> Option<&MailAddress> {
        match self {
            Self::Mail(address) => Some(address),
            _ => None,
        }
    }

    /// Returns whether it is a file beneath a folder.
    pub fn is_file_beneath(&self, folder: &Path) -> bool {
        matches!(self, Self::File(path) if path.starts_with(folder) && path != folder)
    }
}

impl FromStr for TargetName {
    type Err = InvalidTargetName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = invalid(
            "a target begins with file:, vault:, aws-secretsmanager:, azure-keyvault: or smtp:",
            VAULT,
        );
        let Some((kind, rest)) = text.split_once(':') else {
            return Err(unknown);
        };
        if text.len() > MAX_LENGTH || text.chars().any(char::is_control) {
            return Err(invalid(
                "a target has at most 2048 characters, and no controls",
                VAULT,
            ));
        }
        match kind {
            "file" => file(rest),
            "vault" => vault(rest),
            "aws-secretsmanager" => aws(rest),
            "azure-keyvault" => azure(rest),
            "smtp" => mail(rest),
            _ => Err(unknown),
        }
    }
}

fn invalid(reason: &'static str, example: &'static str) -> InvalidTargetName {
    InvalidTargetName { reason, example }
}

fn file(text: &str) -> Result<TargetName, InvalidTargetName> {
    let path = PathBuf::from(text);
    let is_plain = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_));
    match path.is_absolute() && path.file_name().is_some() && path.components().all(is_plain) {
        true => Ok(TargetName::File(path.components().collect())),
        false => Err(invalid(
            "a file is named by its absolute path, without ..",
            FILE,
        )),
    }
}

fn vault(text: &str) -> Result<TargetName, InvalidTargetName> {
    let is_part = |part: &str| {
        let mut bytes = part.bytes();
        let is_plain = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-._~@ ".contains(&byte));
        is_plain && !matches!(part, "" | "." | "..")
    };
    match text.split_once('/') {
        Some((mount, path)) if is_part(mount) && path.split('/').all(is_part) => {
            Ok(TargetName::Vault {
                mount: mount.to_owned(),
                path: path.to_owned(),
            })
        }
        _ => Err(invalid(
            "a secret in Vault is named by the mount of its store and its path, of letters, digits and -._~@",
            VAULT,
        )),
    }
}

fn aws(text: &str) -> Result<TargetName, InvalidTargetName> {
    let (name, region) = match text.split_once("?region=") {
        Some((name, region)) => (name, Some(region)),
        None => (text, None),
    };
    // CreateSecret of the API reference: letters, digits and /_+=.@-, and those of an ARN.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-:".contains(&byte);
    let is_name = !name.is_empty() && name.len() <= 512 && name.bytes().all(is_name);
    match is_name && region.is_none_or(is_region) {
        true => Ok(TargetName::AwsSecretsManager {
            name: name.to_owned(),
            region: region.map(str::to_owned),
        }),
        false => Err(invalid(
            "a secret in AWS is named by its name or ARN, and ?region= if it is another than usual",
            AWS,
        )),
    }
}

/// Whether it can be a part of a host name, and nothing else.
pub(crate) fn is_region(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 32 && text.bytes().all(is_part)
}

fn azure(text: &str) -> Result<TargetName, InvalidTargetName> {
    let malformed = || {
        invalid(
            "a secret in Azure is named by its URL, with https:// and without a version",
            AZURE,
        )
    };
    let url = Url::parse(text).map_err(|_| malformed())?;
    let is_origin = matches!(url.scheme(), "https" | "http")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let name = url.path().strip_prefix("/secrets/").unwrap_or_default();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_name = (1..=127).contains(&name.len()) && name.bytes().all(is_part);
    match is_origin && is_name {
        true => Ok(TargetName::AzureKeyVault {
            vault: url.origin().ascii_serialization(),
            name: name.to_owned(),
        }),
        false => Err(malformed()),
    }
}

fn mail(text: &str) -> Result<TargetName, InvalidTargetName> {
    match text.parse::<MailAddress>() {
        Ok(address) => Ok(TargetName::Mail(address)),
        Err(_) => Err(invalid("a mail address is USER@HOST", MAIL)),
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Vault { mount, path } => write!(f, "vault:{mount}/{path}"),
            Self::AwsSecretsManager { name, region } => {
                write!(f, "aws-secretsmanager:{name}")?;
                match region {
                    Some(region) => write!(f, "?region={region}"),
                    None => Ok(()),
                }
            }
            Self::AzureKeyVault { vault, name } => {
                write!(f, "azure-keyvault:{vault}/secrets/{name}")
            }
            Self::Mail(address) => write!(f, "smtp:{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn targets_are_written_as_they_are_read() {
        for text in [
            FILE,
            VAULT,
            AWS,
            AZURE,
            MAIL,
            "aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:123456789012:secret:acme-a1b2c3",
            "vault:secret/acme",
        ] {
            assert_eq!(text.parse::<TargetName>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_an_example() {
        for text in [
            "",
            "acme",
            "ftp:acme",
            "file:",
            "file:keys/acme",
            "file:/",
            "file:/run/../etc/passwd",
            "vault:",
            "vault:secret",
            "vault:secret/",
            "vault:secret//acme",
            "vault:secret/../sys",
            "vault:secret/acme?x",
            "aws-secretsmanager:",
            "aws-secretsmanager:acme?region=",
            "aws-secretsmanager:acme?region=evil.example/",
            "aws-secretsmanager:acme?version=1",
            "azure-keyvault:acme",
            "azure-keyvault:https://acme.vault.azure.net/keys/logger",
            "azure-keyvault:https://acme.vault.azure.net/secrets/logger/1",
            "azure-keyvault:https://me@acme.vault.azure.net/secrets/logger",
            "azure-keyvault:https://acme.vault.azure.net/secrets/logger?x",
            "smtp:acme",
            "smtp:@acme",
            "smtp:a <b@c>",
            "vault:secret/a\nb",
        ] {
            let error = text.parse::<TargetName>().unwrap_err();
            let said = error.to_string();
            let (_, example) = said.rsplit_once("for example ").unwrap();
            assert!(example.parse::<TargetName>().is_ok(), "{text}: {said}");
        }
    }

    #[test]
    fn a_file_is_beneath_a_folder_or_not() {
        let file: TargetName = "file:/run/keys/acme".parse().unwrap();
        assert!(file.is_file_beneath(Path::new("/run/keys")));
        assert!(!file.is_file_beneath(Path::new("/run/key")));
        assert!(!file.is_file_beneath(Path::new("/run/keys/acme")));
        let vault: TargetName = VAULT.parse().unwrap();
        assert!(!vault.is_file_beneath(Path::new("/")));
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_written_as_it_is_taken_again(
            kind in "(file|vault|aws-secretsmanager|azure-keyvault|smtp):",
            rest in "[ -~]{0,40}",
        ) {
            if let Ok(name) = format!("{kind}{rest}").parse::<TargetName>() {
                prop_assert_eq!(name.to_string().parse(), Ok(name));
            }
        }
    }
}
