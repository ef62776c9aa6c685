use std::str::FromStr;

/// A limit of a quota; `None` for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuotaLimit<N>(pub(crate) Option<N>);

/// Error returned when parsing a [`QuotaLimit`] fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a number from 1 on (of requests up to 4294967295), or none for no limit; to refuse all \
     requests of a client, revoke its keys"
)]
pub(crate) struct InvalidQuotaLimit;

impl<N: FromStr> FromStr for QuotaLimit<N> {
    type Err = InvalidQuotaLimit;

    fn from_str(text: &str) -> Result<Self, InvalidQuotaLimit> {
        if text == "none" {
            return Ok(Self(None));
        }
        // The parser of numbers would take a sign, too.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidQuotaLimit);
        }
        let number = text.parse().map_err(|_| InvalidQuotaLimit)?;
        Ok(Self(Some(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::{NonZeroU32, NonZeroU64};

    type Limit = QuotaLimit<NonZeroU32>;

    #[test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!("none".parse::<Limit>(), Ok(QuotaLimit(None)));
        assert_eq!("7".parse::<Limit>(), Ok(QuotaLimit(NonZeroU32::new(7))));
        for text in ["", "0", "-1", "+1", "1.5", "4294967296", "None", "1 "] {
            assert_eq!(text.parse::<Limit>(), Err(InvalidQuotaLimit), "{text}");
        }
        let large = QuotaLimit(NonZeroU64::new(1 << 32));
        assert_eq!("4294967296".parse(), Ok(large));
    }
}
