//! An entry of the audit trail, as it is recorded elsewhere and verified later.

use central_logger_key_store::Head;
use std::{fmt, str::FromStr};

/// Written as `N:SEAL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Noted(pub(crate) Head);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the number of an entry and its seal, as every change prints them: 7:hmac-sha256:…"
)]
pub(crate) struct InvalidNoted;

impl FromStr for Noted {
    type Err = InvalidNoted;

    fn from_str(text: &str) -> Result<Self, InvalidNoted> {
        let (sequence, seal) = text.split_once(':').ok_or(InvalidNoted)?;
        // The parser of numbers would take a sign, too.
        if !sequence.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidNoted);
        }
        let sequence = sequence.parse().map_err(|_| InvalidNoted)?;
        let seal = Some(seal.parse().map_err(|_| InvalidNoted)?);
        match sequence {
            0 => Err(InvalidNoted),
            sequence => Ok(Self(Head { sequence, seal })),
        }
    }
}

impl fmt::Display for Noted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { sequence, seal } = self.0;
        match seal {
            Some(seal) => write!(f, "{sequence}:{seal}"),
            None => write!(f, "{sequence}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_is_written() {
        let seal = format!("sha256:{}", "0f".repeat(32));
        let text = format!("7:{seal}");
        assert_eq!(text.parse::<Noted>().unwrap().to_string(), text);
        for wrong in [
            "",
            "7",
            "7:",
            &seal,
            &format!("0:{seal}"),
            &format!("-7:{seal}"),
            &format!("+7:{seal}"),
            &format!("7:{seal}0"),
            &format!(" 7:{seal}"),
        ] {
            assert_eq!(wrong.parse::<Noted>(), Err(InvalidNoted), "{wrong}");
        }
    }
}
