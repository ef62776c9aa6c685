use crate::{KeyHasher, Pepper, hex, pepper::PepperId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use subtle::ConstantTimeEq;

/// What shows that a text was not altered: HMAC-SHA256 (RFC 2104) under the pepper, or without a
/// pepper SHA-256, which only shows what was altered by somebody who did not seal it anew.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{KeyHasher, Pepper, Seal, SealCheck, SealPurpose};
///
/// let pepper = Pepper::new(b"32 bytes or more, out of the database")?;
/// let hasher = KeyHasher::with_pepper(pepper, None);
/// let written = hasher.seal(SealPurpose::Entry, b"revoked by alice").to_string();
/// let seal: Seal = written.parse()?;
/// assert!(seal.is_peppered());
/// let check = hasher.check_seal(SealPurpose::Entry, b"revoked by alice", &seal);
/// assert_eq!(check, SealCheck::Intact);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    pepper: Option<PepperId>,
    digest: [u8; 32],
}

/// A text that is no seal.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidSeal, Seal};
///
/// assert_eq!("md5:900150983cd24fb0".parse::<Seal>(), Err(InvalidSeal));
/// assert_eq!(InvalidSeal.to_string(), "a seal is sha256:HEX or hmac-sha256:PEPPER:HEX");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a seal is sha256:HEX or hmac-sha256:PEPPER:HEX")]
pub struct InvalidSeal;

/// What comparing a text with its seal found.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{KeyHasher, Pepper, SealCheck, SealPurpose};
///
/// let pepper = Pepper::new(b"32 bytes or more, out of the database")?;
/// let hasher = KeyHasher::with_pepper(pepper, None);
/// let seal = hasher.seal(SealPurpose::Entry, b"revoked by alice");
/// let check = hasher.check_seal(SealPurpose::Entry, b"revoked by bob", &seal);
/// assert_eq!(check, SealCheck::Broken);
/// let without = KeyHasher::new();
/// let check = without.check_seal(SealPurpose::Entry, b"revoked by alice", &seal);
/// assert_eq!(check, SealCheck::UnknownPepper);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealCheck {
    /// The text that was sealed.
    Intact,
    /// Another text, or another seal.
    Broken,
    /// Sealed under a pepper that is not at hand.
    UnknownPepper,
}

/// What is sealed. A seal of one kind of text is never one of another.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{KeyHasher, SealCheck, SealPurpose};
///
/// let hasher = KeyHasher::new();
/// let seal = hasher.seal(SealPurpose::Entry, b"revoked by alice");
/// let check = hasher.check_seal(SealPurpose::Head, b"revoked by alice", &seal);
/// assert_eq!(check, SealCheck::Broken);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealPurpose {
    /// An entry of the audit trail.
    Entry,
    /// A key as a store holds it.
    Key,
    /// The end of the audit trail of one store.
    Head,
    /// A request that its sender has named.
    Request,
}

impl SealPurpose {
    fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Entry => b"central-logger seal\0",
            Self::Key => b"central-logger seal of a key\0",
            Self::Head => b"central-logger seal of the end\0",
            Self::Request => b"central-logger seal of a request\0",
        }
    }
}

impl Seal {
    /// Whether it was made under a pepper.
    pub fn is_peppered(&self) -> bool {
        self.pepper.is_some()
    }
}

impl KeyHasher {
    /// Whether it knows a pepper.
    pub fn has_pepper(&self) -> bool {
        self.known().next().is_some()
    }

    /// Seals `text` under today's pepper, if there is one.
    pub fn seal(&self, purpose: SealPurpose, text: &[u8]) -> Seal {
        let pepper = self.pepper.as_ref();
        Seal {
            pepper: pepper.map(Pepper::id),
            digest: digest(pepper, purpose, text),
        }
    }

    /// Compares `text` with its seal.
    pub fn check_seal(&self, purpose: SealPurpose, text: &[u8], seal: &Seal) -> SealCheck {
        let pepper = match seal.pepper {
            None => None,
            Some(id) => match self.known().find(|pepper| pepper.id() == id) {
                None => return SealCheck::UnknownPepper,
                found => found,
            },
        };
        match digest(pepper, purpose, text).ct_eq(&seal.digest).into() {
            true => SealCheck::Intact,
            false => SealCheck::Broken,
        }
    }
}

fn digest(pepper: Option<&Pepper>, purpose: SealPurpose, text: &[u8]) -> [u8; 32] {
    let Some(pepper) = pepper else {
        return Sha256::new()
            .chain_update(purpose.as_bytes())
            .chain_update(text)
            .finalize()
            .into();
    };
    // As HMAC does with a key that is longer than a block of SHA-256; done here, none is.
    let mut key = [0; 64];
    key[..32].copy_from_slice(&Sha256::digest(pepper.expose_secret()));
    let mac = Hmac::<Sha256>::new(&key.into())
        .chain_update(purpose.as_bytes())
        .chain_update(text);
    mac.finalize().into_bytes().into()
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pepper {
            None => write!(f, "sha256:{}", hex::encode(&self.digest)),
            Some(id) => write!(
                f,
                "hmac-sha256:{}:{}",
                hex::encode(id.as_bytes()),
                hex::encode(&self.digest)
            ),
        }
    }
}

impl FromStr for Seal {
    type Err = InvalidSeal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let (pepper, digest) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("sha256"), Some(digest), None, None) => (None, digest),
            (Some("hmac-sha256"), Some(pepper), Some(digest), None) => {
                let bytes = hex::decode::<8>(pepper).ok_or(InvalidSeal)?;
                (PepperId::from_slice(&bytes), digest)
            }
            _ => return Err(InvalidSeal),
        };
        Ok(Self {
            pepper,
            digest: hex::decode(digest).ok_or(InvalidSeal)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(letter: u8) -> Pepper {
        Pepper::new(&[letter; 40]).unwrap()
    }

    #[test]
    fn a_seal_fits_its_text_alone() {
        let (old, new) = (pepper(b'o'), pepper(b'n'));
        let bare = KeyHasher::new();
        let before = KeyHasher::with_pepper(old.clone(), None);
        let after = KeyHasher::with_pepper(new.clone(), Some(old));
        for (sealer, reader) in [(&bare, &bare), (&bare, &after), (&before, &after)] {
            let seal: Seal = sealer
                .seal(SealPurpose::Entry, b"text")
                .to_string()
                .parse()
                .unwrap();
            assert_eq!(seal, sealer.seal(SealPurpose::Entry, b"text"));
            assert_eq!(
                reader.check_seal(SealPurpose::Entry, b"text", &seal),
                SealCheck::Intact
            );
            assert_eq!(
                reader.check_seal(SealPurpose::Entry, b"test", &seal),
                SealCheck::Broken
            );
        }
        let seal = before.seal(SealPurpose::Entry, b"text");
        let elsewhere = KeyHasher::with_pepper(new, None);
        assert_eq!(
            elsewhere.check_seal(SealPurpose::Entry, b"text", &seal),
            SealCheck::UnknownPepper
        );
        assert_ne!(seal, after.seal(SealPurpose::Entry, b"text"));
    }

    #[test]
    fn other_texts_are_no_seals() {
        let good = KeyHasher::new().seal(SealPurpose::Entry, b"").to_string();
        for text in [
            "",
            "sha256",
            "sha256:",
            "md5:00",
            &good[..good.len() - 1],
            &format!("{good}:"),
        ] {
            assert_eq!(text.parse::<Seal>(), Err(InvalidSeal), "{text}");
        }
    }
}
