use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, serde::timestamp::milliseconds};

/// A question to a receiver whether it wants messages: none go there before it has answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Confirmation {
    /// The links that were sent, or tried to be, the last one last.
    links: Vec<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    /// The hash of its token.
    token: String,
    #[serde(with = "milliseconds")]
    valid_until: OffsetDateTime,
}

impl Confirmation {
    /// How long a link is good.
    pub const VALID: Duration = Duration::days(7);
    /// How many links are known. Of an attempt that failed the link may have arrived.
    const MOST_LINKS: usize = 50;

    /// Takes the hash of the token of a link that is about to be sent.
    pub fn send(&mut self, token: String, now: OffsetDateTime) {
        let valid_until = now + Self::VALID;
        self.links.push(Link { token, valid_until });
        let old = self.links.len().saturating_sub(Self::MOST_LINKS);
        self.links.drain(..old);
    }

    /// Whether a token with this hash answers it.
    pub fn is_answered(&self, token: &str, now: OffsetDateTime) -> bool {
        let mut links = self.links.iter();
        links.any(|link| link.token == token && now < link.valid_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_good_for_a_time_and_bounded_in_number() {
        let (begin, mut question) = (OffsetDateTime::UNIX_EPOCH, Confirmation::default());
        assert!(!question.is_answered("", begin));
        question.send("first".to_owned(), begin);
        question.send("second".to_owned(), begin + Duration::DAY);
        for token in ["first", "second"] {
            assert!(question.is_answered(token, begin + Duration::DAY));
        }
        assert!(!question.is_answered("first", begin + Confirmation::VALID));
        assert!(question.is_answered("second", begin + Confirmation::VALID));
        for number in 0..Confirmation::MOST_LINKS {
            question.send(number.to_string(), begin);
        }
        assert!(!question.is_answered("second", begin));
    }
}
