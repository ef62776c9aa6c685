//! Members that the log store does not define.

use super::{NOW, accepted, acme, good};
use central_logger_log_store::StoredLog;
use proptest::prelude::*;
use serde_json::{Map, Value};

#[test]
fn further_members_come_back_in_their_own_spelling() {
    let further = r#""\u0061\/b":1.50,"x":{"\u00e9": "\u00E9\/"},"x":2,"":null"#;
    let known = r#""environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s""#;
    let entry = accepted(format!("{{{known},{further}}}"));
    let json = serde_json::to_string(&StoredLog::new(&acme(), NOW, &entry)).unwrap();
    assert!(
        json.ends_with(&format!(r#""status":"s",{further}}}"#)),
        "{json}"
    );
}

fn further_members() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[^\0]{0,20}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,5}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map("x_[^\0]{0,8}", value, 0..6)
        .prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn further_members_come_back_at_the_same_place(members in further_members()) {
        let mut body = good();
        body.as_object_mut().unwrap().extend(members.clone());
        let stored = StoredLog::new(&acme(), NOW, &accepted(&body));
        // Both sides are read from text: reading a float may round it.
        let sent: Value = serde_json::from_str(&body.to_string()).unwrap();
        let shown: Value = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        for (name, value) in sent.as_object().unwrap() {
            prop_assert_eq!(&shown[name], value);
        }
        prop_assert_eq!(shown.as_object().unwrap().len(), 6 + members.len());
    }
}
