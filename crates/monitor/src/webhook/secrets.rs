use base64ct::{Base64, Encoding};
use central_logger_input_file::InputFileError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{
    fmt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A secret that signs webhooks, of 24 to 64 bytes.
///
/// HMAC-SHA256 fills a shorter key with zeros up to 64 bytes itself, so they are kept like that.
pub(super) struct WebhookSecret(Zeroizing<[u8; 64]>);

/// Error returned when the file of secrets cannot be used. Nothing in it is repeated.
///
/// # Examples
///
/// ```
/// use central_logger_monitor::{EgressPolicy, SecretsError, Webhook, WebhookError};
///
/// let error = Webhook::new("http://127.0.0.1", "/nowhere/secrets", EgressPolicy::Anywhere).unwrap_err();
/// assert!(matches!(error, WebhookError::Secrets(SecretsError::Unreadable { .. })));
/// assert!(error.to_string().contains("/nowhere/secrets"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// A secret that is none.
    #[error("a secret is whsec_ and 24 to 64 bytes in base64")]
    Given,
    /// The file cannot be read.
    #[error("the secrets of the webhook in {} cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        cause: InputFileError,
    },
    /// A line is no secret.
    #[error(
        "{}, line {line}: a secret is whsec_ and 24 to 64 bytes in base64 (for example: echo \
         whsec_$(openssl rand -base64 32))", .path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// There is no secret in the file.
    #[error(
        "{} has no secret: write one in it (for example: echo whsec_$(openssl rand -base64 32))",
        .path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Returns the secrets in a file as it was read, at least one, in their order.
///
/// # Errors
/// When the file could not be read, has a line that is no secret, or has no secret.
pub(super) fn parse(
    path: &Path,
    read: Result<Zeroizing<Vec<u8>>, InputFileError>,
) -> Result<Vec<WebhookSecret>, SecretsError> {
    let path = path.to_owned();
    let file = match read {
        Ok(file) => file,
        Err(cause) => return Err(SecretsError::Unreadable { path, cause }),
    };
    let mut secrets = Vec::new();
    for (line, text) in (1..).zip(file.split(|byte| *byte == b'\n')) {
        let text = text.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        match WebhookSecret::parse(text) {
            Some(secret) => secrets.push(secret),
            None => return Err(SecretsError::Line { path, line }),
        }
    }
    if secrets.is_empty() {
        return Err(SecretsError::Empty { path });
    }
    Ok(secrets)
}

impl WebhookSecret {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let encoded = text.strip_prefix(b"whsec_")?;
        let mut key = Zeroizing::new([0; 64]);
        let length = Base64::decode(encoded, &mut *key).ok()?.len();
        key[length..].fill(0);
        (length >= 24).then_some(Self(key))
    }

    /// Returns the HMAC-SHA256 of these parts, one after the other.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new((&*self.0).into());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("WebhookSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Vec<WebhookSecret>, SecretsError> {
        parse(Path::new("hook.secrets"), Ok(text.to_vec().into()))
    }

    fn secret(bytes: &[u8]) -> String {
        format!("whsec_{}", Base64::encode_string(bytes))
    }

    #[test]
    fn secrets_stand_in_lines_among_comments() {
        let (new, old) = (secret(&[1; 24]), secret(&[2; 64]));
        let file = format!("# since May\r\n{new}\r\n\n  \n\t{old}  \n#{new}");
        let secrets = read(file.as_bytes()).unwrap();
        let keys: Vec<&[u8]> = secrets.iter().map(|secret| &secret.0[..]).collect();
        let mut filled = [0; 64];
        filled[..24].fill(1);
        assert_eq!(keys, [&filled[..], &[2; 64]]);
        assert_eq!(
            format!("{secrets:?}"),
            "[WebhookSecret(..), WebhookSecret(..)]"
        );
    }

    #[test]
    fn a_line_that_is_no_secret_is_named_by_its_number_alone() {
        let good = secret(&[1; 32]);
        for bad in [
            secret(&[1; 23]),
            secret(&[1; 65]),
            secret(&[]),
            secret(&[1; 32]).replace("whsec_", ""),
            secret(&[1; 32]).replace("whsec_", "whsk_"),
            secret(&[1; 32]).replace('=', ""),
            secret(&[0xff; 33]).replace('/', "_"),
            format!("{good} # new"),
            format!("{good} {good}"),
        ] {
            let error = read(format!("{good}\n\n{bad}\n").as_bytes()).unwrap_err();
            assert!(matches!(error, SecretsError::Line { line: 3, .. }), "{bad}");
            let said = format!("{error} {error:?}");
            assert!(said.contains("hook.secrets, line 3"), "{said}");
            assert!(!said.contains(&bad[6..]) || bad == "whsec_", "{said}");
        }
        let error = read(b"whsec_\xff\xfe").unwrap_err();
        assert!(matches!(error, SecretsError::Line { line: 1, .. }));
    }

    #[test]
    fn a_file_without_a_secret_is_refused() {
        for file in ["", "\n\n", "# nothing yet"] {
            let error = read(file.as_bytes()).unwrap_err();
            assert!(matches!(error, SecretsError::Empty { .. }), "{error}");
        }
    }
}
