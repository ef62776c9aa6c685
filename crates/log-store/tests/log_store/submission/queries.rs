//! What is asked of lists.

use central_logger_log_store::{Cursor, LogQuery, LogSearch};
use proptest::prelude::*;

#[test]
fn a_query_names_every_wrong_parameter() {
    let pairs = [
        ("limit", "0"),
        ("order", "up"),
        ("from", "yesterday"),
        ("cursor", "zz"),
        ("color", "red"),
        ("limit", "1"),
        ("not.color", "red"),
        ("status", ""),
        ("not.environment", ""),
        ("workflow", "a\0b"),
        ("attr.a", "a\0b"),
        ("not.attr.a\0b", ""),
    ];
    let owned = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let errors = LogSearch::from_pairs(owned).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "limit",
            "order",
            "from",
            "cursor",
            "color",
            "limit",
            "not.color",
            "status",
            "not.environment",
            "workflow",
            "attr.a",
            "not.attr.a\0b",
        ]
    );
    for limit in ["1001", "-1", "ten", ""] {
        assert!(LogQuery::from_pairs([("limit".to_owned(), limit.to_owned())]).is_err());
    }
}

proptest! {
    #[test]
    fn a_cursor_reads_back_and_nothing_else_does(text in "[0-9a-zA-Z_-]{0,40}", id in any::<u128>()) {
        let cursor: Cursor = format!("{id:032x}").parse().unwrap();
        prop_assert_eq!(cursor.to_string(), format!("{id:032x}"));
        prop_assert_eq!(uuid::Uuid::from_u128(id).to_string().parse(), Ok(cursor));
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string(), text.to_lowercase().replace('-', ""));
        }
    }
}
