//! The parameters of a URL's query.

use crate::problem::Problem;
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode};
use std::future::{Ready, ready};

/// Names and values in their order.
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    /// How many there may be. What each is is compared with the others.
    pub const MOST: usize = 100;

    fn parse(query: &str) -> Result<Self, Problem> {
        let count = query.split('&').filter(|part| !part.is_empty()).count();
        if count > Self::MOST {
            let most = Self::MOST;
            let detail = format!("A query has at most {most} parameters, and this one has {count}");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
        let pairs = form_urlencoded::parse(query.as_bytes());
        Ok(Self(pairs.into_owned().collect()))
    }
}

impl FromRequest for Parameters {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded_in_their_order() {
        let parsed = Parameters::parse("a=1&&b=x+y%26&a=&c&%ff=%2B").unwrap();
        let pairs = parsed.0.iter();
        let pairs: Vec<_> = pairs.map(|(name, value)| (&**name, &**value)).collect();
        let expected = [
            ("a", "1"),
            ("b", "x y&"),
            ("a", ""),
            ("c", ""),
            ("\u{fffd}", "+"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn a_hundred_and_no_more_are_read() {
        let query = |count| vec!["a=b"; count].join("&");
        assert_eq!(Parameters::parse(&query(100)).unwrap().0.len(), 100);
        let refused = Parameters::parse(&query(101)).err().unwrap();
        let detail = "422 A query has at most 100 parameters, and this one has 101";
        assert_eq!(refused.to_string(), detail);
    }
}
