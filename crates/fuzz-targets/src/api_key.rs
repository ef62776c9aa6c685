use central_logger_keys::{ApiKey, KeyForm, ParseKeyError};

/// A presented text is a key exactly when it is 1 to 256 visible ASCII characters, and comes back as it
/// was; a generated key holds what it says, and no slip of one character goes unnoticed.
pub fn api_key(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        check(text);
    }
    check(&as_generated(data));
}

fn check(text: &str) {
    let key = match ApiKey::parse(text) {
        Ok(key) => key,
        Err(error) => {
            let expected = match text.len() {
                0 => ParseKeyError::Empty,
                1..=256 => ParseKeyError::NotVisibleAscii,
                _ => ParseKeyError::TooLong,
            };
            assert_eq!(error, expected);
            assert!(!(1..=256).contains(&text.len()) || !is_visible(text));
            return;
        }
    };
    assert!((1..=256).contains(&text.len()) && is_visible(text));
    assert_eq!(key.expose_secret(), text);
    let again = ApiKey::parse(key.expose_secret()).expect("a key stays one");
    assert_eq!(again.form(), key.form());
    assert_eq!(again.digest(), key.digest());
    match key.form() {
        KeyForm::Generated { id, environment } => {
            let parts: Vec<_> = text.split('_').collect();
            assert_eq!(parts.len(), 4);
            assert_eq!(
                parts[1..3],
                [environment.as_str(), id.as_str()],
                "the parts"
            );
            assert!(text.ends_with(&checksum(&text[..text.len() - 6])));
            assert_eq!(key.key_id(), Some(id));
            assert!(key.fingerprint().is_some());
            assert_eq!(format!("{key:?}"), format!("ApiKey({id})"));
            assert_no_slip_goes_unnoticed(text);
        }
        KeyForm::Mistyped | KeyForm::Opaque => {
            assert!(key.key_id().is_none() && key.fingerprint().is_none());
            let shown = format!("{key:?}");
            assert!(shown == "ApiKey(mistyped)" || shown == "ApiKey(opaque)");
        }
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

fn assert_no_slip_goes_unnoticed(text: &str) {
    for place in 0..text.len() {
        let mut slip = text.as_bytes().to_vec();
        slip[place] = match slip[place] {
            b'0' => b'1',
            _ => b'0',
        };
        let slip = ApiKey::parse(str::from_utf8(&slip).expect("ASCII")).expect("visible");
        assert!(slip.key_id().is_none(), "a slip at {place}");
    }
}

/// A generated key with the id and the secret that `data` spells, which libFuzzer could not give a
/// checksum.
fn as_generated(data: &[u8]) -> String {
    let digit = |byte: &u8| char::from(DIGITS[usize::from(byte % 62)]);
    let (id, secret) = data.split_at(data.len().min(12));
    let id: String = id.iter().map(digit).collect();
    let secret: String = secret.iter().map(digit).take(150).collect();
    let body = format!("cl_live_{id:0<12}_{secret:0<43}");
    let text = format!("{body}{}", checksum(&body));
    let key = ApiKey::parse(&text).expect("visible ASCII");
    assert!(key.key_id().is_some(), "a generated key is known for one");
    text
}

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn checksum(body: &str) -> String {
    let number = crc32fast::hash(body.as_bytes());
    let digit = |power| char::from(DIGITS[(number / 62_u32.pow(power) % 62) as usize]);
    (0..6).rev().map(digit).collect()
}
