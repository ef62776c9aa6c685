//! The key format of the contract, seen from outside.

use central_logger_keys::{ApiKey, KeyEnvironment, KeyForm, KeyPrefix, ParseKeyError};
use proptest::prelude::*;

fn generated() -> ApiKey {
    ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap()
}

#[test]
fn a_generated_key_has_the_shape_that_scanners_match() {
    let prefix = "acme".parse().unwrap();
    let key = ApiKey::generate(&prefix, KeyEnvironment::Test).unwrap();
    let parts: Vec<_> = key.expose_secret().split('_').collect();
    assert_eq!(parts.len(), 4);
    assert_eq!(parts[..2], ["acme", "test"]);
    assert_eq!(parts[2], key.key_id().unwrap().as_str());
    assert_eq!(parts[3].len(), 43 + 6);
    assert!(
        key.expose_secret()
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    );
}

#[test]
fn a_generated_key_reads_back_as_itself() {
    let key = generated();
    let read = ApiKey::parse(key.expose_secret()).unwrap();
    assert_eq!(read.form(), key.form());
    assert_eq!(read.fingerprint(), key.fingerprint());
    assert!(read.fingerprint().is_some());
}

/// A key put together by hand, its checksum computed with another implementation of zlib's CRC-32.
#[test]
fn the_checksum_is_zlibs_crc32_in_base62() {
    let known = "cl_live_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";
    let key = ApiKey::parse(&format!("{known}0uNfH8")).unwrap();
    let KeyForm::Generated { id, environment } = key.form() else {
        panic!("{:?}", key.form());
    };
    assert_eq!(id.as_str(), "0123456789AB");
    assert_eq!(*environment, KeyEnvironment::Live);
}

#[test]
fn keys_made_elsewhere_are_opaque() {
    for text in [
        "abc123_dev_key",
        "key1",
        "my_test_key_1",
        "sk_live_51HxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh",
        "dGhpcyBpcyBub3QgYSBrZXk-_x",
        "!",
    ] {
        let key = ApiKey::parse(text).unwrap();
        assert_eq!(*key.form(), KeyForm::Opaque, "{text}");
        assert_eq!(
            key.fingerprint(),
            None,
            "a fast digest of an opaque key must not be stored"
        );
    }
}

#[test]
fn what_can_be_no_key_is_refused() {
    let refusal = |text: &str| ApiKey::parse(text).map(|_| ()).unwrap_err();
    assert_eq!(refusal(""), ParseKeyError::Empty);
    assert_eq!(refusal(&"k".repeat(257)), ParseKeyError::TooLong);
    assert_eq!(refusal("two words"), ParseKeyError::NotVisibleAscii);
    assert_eq!(refusal("schlüssel"), ParseKeyError::NotVisibleAscii);
    assert_eq!(refusal("key\n"), ParseKeyError::NotVisibleAscii);
    assert!(ApiKey::parse(&"k".repeat(256)).is_ok());
}

#[test]
fn debug_shows_the_public_id_and_no_secret() {
    let key = generated();
    let secret = key.expose_secret().rsplit('_').next().unwrap();
    assert!(!format!("{key:?} {:?}", key.digest()).contains(secret));
    assert_eq!(
        format!("{:?}", ApiKey::parse("abc123_dev_key").unwrap()),
        "ApiKey(opaque)"
    );
}

proptest! {
    #[test]
    fn one_wrong_character_is_told_as_a_typo(place in 8_usize..70, replacement in "[0-9A-Za-z]") {
        let key = generated();
        let mut text = key.expose_secret().to_owned();
        prop_assume!(&text[place..=place] != "_" && text[place..=place] != replacement);
        text.replace_range(place..=place, &replacement);
        let read = ApiKey::parse(&text).unwrap();
        prop_assert_eq!(read.form(), &KeyForm::Mistyped);
    }

    #[test]
    fn a_key_cut_short_is_never_taken_for_a_whole_one(cut in 1_usize..40) {
        let key = generated();
        let text = key.expose_secret();
        let read = ApiKey::parse(&text[..text.len() - cut]).unwrap();
        prop_assert!(read.key_id().is_none());
        prop_assert_eq!(read.form() == &KeyForm::Mistyped, cut <= 9);
    }

    #[test]
    fn parsing_never_panics_and_keeps_the_text(text in any::<String>()) {
        if let Ok(key) = ApiKey::parse(&text) {
            prop_assert_eq!(key.expose_secret(), text);
        }
    }
}
