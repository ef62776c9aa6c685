//! Keys that are too easily guessed.

use crate::{ApiKey, KeyForm};
use std::collections::HashSet;

/// Opaque keys of fewer characters are taken for guessable.
const MIN_LENGTH: usize = 16;
/// Of fewer different characters than this, length is no help.
const MIN_DISTINCT: usize = 6;

/// What stands in examples, on keyboards and in people's heads, in lower case and without anything
/// but letters and digits. Shorter ones are weak by their length.
const COMMON: &[&str] = &[
    "0123456789012345",
    "01234567890123456789",
    "0123456789abcdef",
    "0123456789abcdef0123456789abcdef",
    "1234567890123456",
    "12345678901234567890",
    "1234567890abcdef",
    "1234567890qwertyuiop",
    "1q2w3e4r5t6y7u8i",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv",
    "1qaz2wsx3edc4rfv5tgb",
    "abcdefghijklmnop",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "adminadminadminadmin",
    "administratoradministrator",
    "apikeyapikeyapikey",
    "centralloggerapikey",
    "changemechangeme",
    "changemeinproduction",
    "changethisinproduction",
    "correcthorsebatterystaple",
    "deadbeefdeadbeef",
    "deadbeefdeadbeefdeadbeefdeadbeef",
    "defaultapikey123",
    "developmentapikey",
    "developmentkey123",
    "donotuseinproduction",
    "examplekeyexample",
    "helloworldhelloworld",
    "insertyourapikeyhere",
    "insertyourkeyhere",
    "letmeinletmeinletmein",
    "loremipsumdolorsitamet",
    "mysecretapikey123",
    "mysupersecretapikey",
    "mysupersecretkey",
    "password12345678",
    "password123password123",
    "passwordpassword",
    "pasteyourapikeyhere",
    "placeholderapikey",
    "putyourapikeyhere",
    "qwertyqwertyqwerty",
    "qwertyuiopasdfgh",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "replacethisapikey",
    "replacewithyourapikey",
    "replacewithyourkey",
    "secretsecretsecret",
    "supersecretapikey",
    "supersecretpassword",
    "testapikeytestapikey",
    "testtesttesttest",
    "thisisasecretkey",
    "thisisatestapikey",
    "thisisnotasecret",
    "topsecrettopsecret",
    "yourapikeygoeshere",
    "yourapikeyhere123",
    "yoursecretapikey",
    "yoursecretkeyhere",
    "zyxwvutsrqponmlkjihgfedcba",
];

impl ApiKey {
    /// Whether the key is too easily guessed: an opaque one of fewer than 16 characters, of fewer
    /// than 6 different ones, or that is known from examples and keyboards.
    pub fn is_weak(&self) -> bool {
        *self.form() == KeyForm::Opaque && is_guessable(self.expose_secret())
    }
}

fn is_guessable(text: &str) -> bool {
    let plain = || text.bytes().filter(u8::is_ascii_alphanumeric);
    let is_common = |common: &&str| {
        plain()
            .map(|byte| byte.to_ascii_lowercase())
            .eq(common.bytes())
    };
    text.len() < MIN_LENGTH
        || text.bytes().collect::<HashSet<_>>().len() < MIN_DISTINCT
        || COMMON.iter().any(is_common)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyEnvironment, KeyPrefix};

    #[test]
    fn guessable_keys_are_weak_and_made_ones_are_not() {
        let is_weak = |text: &str| ApiKey::parse(text).unwrap().is_weak();
        for weak in [
            "key1",
            "abc123_dev_key",
            "123456789012345",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "121212121212121212121212",
            "Your-API-Key-Goes-Here",
            "PASSWORD_password",
            "0123456789ABCDEF",
        ] {
            assert!(is_weak(weak), "{weak}");
        }
        for good in ["Zy4K0jHkQ9-2mVZ0b1fWb3lX", "first_key_0123456789"] {
            assert!(!is_weak(good), "{good}");
        }
        let made = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
        assert!(!made.is_weak());
    }

    #[test]
    fn the_list_is_written_as_it_is_compared() {
        for common in COMMON {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            assert!(
                common.bytes().all(is_plain) && common.len() >= MIN_LENGTH,
                "{common}"
            );
        }
        assert!(COMMON.is_sorted(), "sorted, so that it can be read");
    }
}
