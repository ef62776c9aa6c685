use crate::{Environment, Setting, SettingError};
use std::{fmt, str::FromStr};
use url::Url;

pub(crate) const SECURITY_CONTACT: Setting = Setting {
    name: "LOGGER_SECURITY_CONTACT",
    flag: "--security-contact",
    example: "mailto:security@example.com",
    secret: false,
};

/// Where to report a vulnerability of the installation, as `Contact` of RFC 9116 has it: an address of mail or
/// of telephone, or a page, as a URI.
///
/// # Examples
///
/// ```
/// use central_logger_settings::SecurityContact;
///
/// let contact: SecurityContact = "mailto:security@example.com".parse()?;
/// assert_eq!(contact.as_str(), "mailto:security@example.com");
/// assert!("security@example.com".parse::<SecurityContact>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityContact(String);

/// A text that is no contact.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{InvalidSecurityContact, SecurityContact};
///
/// let insecure = "http://example.com".parse::<SecurityContact>();
/// assert_eq!(insecure, Err(InvalidSecurityContact));
/// assert!(InvalidSecurityContact.to_string().contains("https://HOST"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a contact is mailto:NAME@HOST, tel:+NUMBER or https://HOST, perhaps with a path")]
pub struct InvalidSecurityContact;

impl SecurityContact {
    /// Reads the setting.
    ///
    /// # Errors
    /// When it is no contact.
    pub fn read(environment: &Environment) -> Result<Option<Self>, SettingError> {
        environment.get(&SECURITY_CONTACT)
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecurityContact {
    type Err = InvalidSecurityContact;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // It becomes a line of a file as it is.
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(InvalidSecurityContact);
        }
        let is_contact = match text.split_once(':') {
            Some(("mailto", address)) => is_mail_address(address),
            Some(("tel", number)) => is_number(number),
            Some(("https", rest)) => rest.starts_with("//") && Url::parse(text).is_ok(),
            _ => false,
        };
        match is_contact {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidSecurityContact),
        }
    }
}

fn is_mail_address(text: &str) -> bool {
    match text.split_once('@') {
        Some((name, host)) => !name.is_empty() && !host.is_empty() && !host.contains('@'),
        None => false,
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    digits.contains(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || "-.()".contains(c))
}

impl fmt::Display for SecurityContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_uri_that_people_can_reach() {
        for text in [
            "mailto:security@example.com",
            "tel:+1-201-555-0123",
            "https://example.com",
            "https://example.com/security#report",
        ] {
            assert_eq!(text.parse::<SecurityContact>().unwrap().as_str(), text);
        }
        for text in [
            "",
            "security@example.com",
            "mailto:",
            "mailto:@example.com",
            "mailto:security@",
            "mailto:a@b@c",
            "http://example.com",
            "https:example.com",
            "https://",
            "tel:",
            "tel:+",
            "tel:+abc",
            "javascript:alert(1)",
            "https://example.com/a b",
            "mailto:a@example.com\nExpires: never",
            "https://example.com/\u{202e}",
        ] {
            assert_eq!(
                text.parse::<SecurityContact>(),
                Err(InvalidSecurityContact),
                "{text:?}"
            );
        }
    }
}
