//! What entries are made of.

use central_logger_client::Entry;
use proptest::prelude::*;

#[test]
fn a_member_that_is_set_again_is_replaced() {
    let entry = Entry::new("a").with("rows", 1).with("message", "b");
    assert_eq!(entry.to_string(), r#"{"message":"b","rows":1}"#);
    assert_eq!(
        entry.or_with("rows", 2).or_with("more", 3).to_string(),
        r#"{"message":"b","rows":1,"more":3}"#
    );
}

#[test]
fn an_object_stays_as_it_is_written() {
    let text = r#"{"b":1.10,"a":{"x":[ 1e400 ]},"b":2}"#;
    let entry: Entry = text.parse().unwrap();
    assert_eq!(entry.to_string(), text);
    let entry: Entry = "{\"a\": [1,\r\n2]}".parse().unwrap();
    assert_eq!(entry.to_string(), "{\"a\":[1,  2]}");
}

#[test]
fn debug_shows_no_values() {
    let entry = Entry::new("secret-1").with("token", "secret-2");
    assert_eq!(format!("{entry:?}"), r#"{"message", "token"}"#);
}

#[test]
fn nul_characters_are_replaced() {
    let entry = Entry::new("a\0b")
        .with("path", r"C:\u0000")
        .with("both", "\\\0");
    let read: serde_json::Value = serde_json::from_str(&entry.to_string()).unwrap();
    assert_eq!(read["message"], "a\u{FFFD}b");
    assert_eq!(read["path"], r"C:\u0000");
    assert_eq!(read["both"], "\\\u{FFFD}");
}

proptest! {
    #[test]
    fn no_text_makes_more_than_one_line(message in any::<String>(), name in any::<String>()) {
        let entry = Entry::new(&message).with(name.clone(), &message);
        let text = entry.to_string();
        prop_assert!(!text.contains('\n'));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let message = message.replace('\0', "\u{FFFD}");
        prop_assert_eq!(read[&name].as_str(), Some(&*message));
    }

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = text.parse::<Entry>();
    }
}
