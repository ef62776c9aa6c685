//! What entries are made of.

use crate::{
    PATIENCE, builder,
    scripted_server::{ScriptedServer, stored},
};
use central_logger_client::Entry;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// The entry as it arrives at the server.
fn arrived(entry: Entry) -> Value {
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).build();
    client.log(entry);
    assert!(client.flush(PATIENCE));
    server.requests(1)[0].entries[0].clone()
}

#[test]
fn an_entry_gets_what_it_lacks() {
    let entry = arrived(Entry::new("done"));
    assert_eq!(
        (&entry["status"], &entry["environment"]),
        (&json!("INFO"), &json!("test"))
    );
    assert_eq!(entry["event_id"].as_str().unwrap().len(), 32);
    assert!(entry["executed_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(entry.get("workflow"), None);
}

#[test]
fn what_an_entry_has_stays() {
    let text = r#"{"executed_at":"2027-01-31T12:00:00Z","event_id":"e1","status":"OK","environment":"p","workflow":"w"}"#;
    let entry = arrived(text.parse().unwrap());
    assert_eq!(entry, serde_json::from_str::<Value>(text).unwrap());
}

#[test]
fn a_long_message_is_cut_between_characters() {
    let entry = arrived(Entry::new("é".repeat(40_000)).with("n", 1));
    assert_eq!(entry["message"], "é".repeat(32 * 1024));
    assert_eq!(
        (&entry["message_cut"], &entry["n"]),
        (&json!(true), &json!(1))
    );
    let entry = arrived(Entry::new("\n".repeat(64 * 1024)));
    assert_eq!(entry.get("message_cut"), None, "its text is not too long");
}

#[test]
fn what_json_cannot_hold_is_refused() {
    let client = builder("nonsense")
        .linger(Duration::from_secs(3600))
        .build();
    let lists = BTreeMap::from([(vec![1], 1)]);
    let refusal = client
        .try_log(&Entry::new("").with("x", lists))
        .unwrap_err();
    assert!(
        refusal
            .to_string()
            .contains("the member x of an entry is not JSON"),
        "{refusal}"
    );
    assert_eq!(client.stats().dropped, 1);
}

#[test]
fn what_no_server_takes_is_fitted() {
    let text = r#"{"status":200,"workflow":1.50,"message":{"a":[1, "b"]},"environment":null,"run_id":true,"rows":1.50}"#;
    let entry: Entry = text.parse().unwrap();
    let expected = r#"{"status":"200","workflow":"1.50","message":"{\"a\":[1, \"b\"]}","run_id":"true","rows":1.50}"#;
    assert_eq!(entry.to_string(), expected);
    assert_eq!(arrived(entry)["environment"], "test");
    let text = r#"{"a\u0000b":["c\u0000d","C:\\u0000","\ud83d\ude00","\ud83d","\udc00\ud83dx","\\ud800\u00e9\n"]}"#;
    let expected = r#"{"a�b":["c\ufffdd","C:\\u0000","\ud83d\ude00","\ufffd","\ufffd\ufffdx","\\ud800\u00e9\n"]}"#;
    assert_eq!(text.parse::<Entry>().unwrap().to_string(), expected);
    let entry = Entry::new("a")
        .with("status", 7)
        .with("workflow", None::<u8>)
        .with("x\0", "y\0");
    let expected = r#"{"message":"a","status":"7","x�":"y\ufffd"}"#;
    assert_eq!(entry.to_string(), expected);
}

#[test]
fn a_member_gets_another_name() {
    let entry = Entry::new("a")
        .with("id", 1)
        .renamed("id", "id_")
        .renamed("rows", "n");
    assert_eq!(entry.to_string(), r#"{"message":"a","id_":1}"#);
}

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
fn all_members_of_a_name_are_renamed() {
    let entry: Entry = r#"{"id":1,"a":2,"id":3}"#.parse().unwrap();
    let renamed = entry.renamed("id", "id_").to_string();
    assert_eq!(renamed, r#"{"id_":1,"a":2,"id_":3}"#);
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
    let read: Value = serde_json::from_str(&entry.to_string()).unwrap();
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
        let read: Value = serde_json::from_str(&text).unwrap();
        let [message, name] = [message, name].map(|text| text.replace('\0', "\u{FFFD}"));
        prop_assert_eq!(read[&name].as_str(), Some(&*message));
    }

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = text.parse::<Entry>();
    }
}
