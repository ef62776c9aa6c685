use lettre::Address;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The address of a mailbox, `USER@HOST`.
///
/// # Examples
///
/// ```
/// use central_logger_mail::MailAddress;
///
/// let address: MailAddress = "ops@acme.example".parse()?;
/// assert_eq!(address.as_str(), "ops@acme.example");
/// assert!("Ops <ops@acme.example>".parse::<MailAddress>().is_err());
/// # Ok::<(), central_logger_mail::InvalidMailAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress(String);

/// A text that is no [`MailAddress`].
///
/// # Examples
///
/// ```
/// use central_logger_mail::{InvalidMailAddress, MailAddress};
///
/// assert_eq!("acme".parse::<MailAddress>(), Err(InvalidMailAddress));
/// assert!(InvalidMailAddress.to_string().contains("ops@acme.example"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mail address is USER@HOST, for example ops@acme.example")]
pub struct InvalidMailAddress;

/// The longest path of RFC 5321, section 4.5.3.1.3, without its angle brackets.
const MAX_LENGTH: usize = 254;

impl MailAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in the type of the library, which has checked it.
    pub(crate) fn to_lettre(&self) -> Result<Address, lettre::address::AddressError> {
        self.0.parse()
    }
}

impl FromStr for MailAddress {
    type Err = InvalidMailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // It stands in lines of SMTP and in headers, and in lists that people read.
        let is_plain = |c: char| c.is_ascii_graphic() && !"<>(),;:\\\"[]".contains(c);
        let is_address = text.len() <= MAX_LENGTH
            && text.chars().all(is_plain)
            && text.parse::<Address>().is_ok();
        match is_address {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidMailAddress),
        }
    }
}

impl TryFrom<String> for MailAddress {
    type Error = InvalidMailAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_user_at_a_host_and_nothing_else() {
        for text in [
            "a@b.example",
            "first.last+logger@mail.acme.example",
            "root@localhost",
        ] {
            assert_eq!(text.parse::<MailAddress>().unwrap().as_str(), text);
        }
        let long = format!("{}@acme.example", "a".repeat(300));
        for text in [
            "",
            "acme",
            "@acme.example",
            "ops@",
            "ops@acme.example, other@acme.example",
            "Ops <ops@acme.example>",
            "ops@acme.example\r\nBcc: other@acme.example",
            "ops @acme.example",
            "\"o ps\"@acme.example",
            "ops@[127.0.0.1]",
            "ops@acme@example",
            "öps@acme.example",
            &long,
        ] {
            assert_eq!(
                text.parse::<MailAddress>(),
                Err(InvalidMailAddress),
                "{text:?}"
            );
        }
    }
}
