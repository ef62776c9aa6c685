//! What a `.env` file may hold.
#![allow(clippy::unwrap_used)]

use central_logger_env_file::{EnvFile, EnvFileError};
use proptest::prelude::*;

fn get(content: &str, name: &str) -> Option<String> {
    let file = EnvFile::parse(content.as_bytes()).unwrap();
    let value = file.get(name).unwrap_or_else(|error| panic!("{error}"));
    value.map(str::to_owned)
}

fn refusal(content: &[u8]) -> String {
    let file = EnvFile::parse(content).unwrap();
    assert!(!format!("{file:?}").contains("hunter2"));
    file.get("A").unwrap_err().to_string()
}

#[test]
fn values_are_read_in_every_form() {
    for (content, value) in [
        ("A=b", "b"),
        ("export A = b ", "b"),
        ("# A=x\n\n  A=b # remark\n", "b"),
        ("A=b#c", "b#c"),
        ("A=", ""),
        ("A=  # nothing", ""),
        ("A='b # c'  # remark", "b # c"),
        ("A='two\nlines'", "two\nlines"),
        (r#"A="say \"b\"\n" "#, "say \"b\"\n"),
        ("A={}", "{}"),
        (
            r#"A={"}": "{\"", "c": {}} # remark"#,
            r#"{"}": "{\"", "c": {}}"#,
        ),
        ("\u{feff}A=b\r\nB=c\r\n", "b"),
        ("B={\r\n\"k\": \"c\"\r\n}\r\nA=b", "b"),
    ] {
        assert_eq!(get(content, "A").as_deref(), Some(value), "{content:?}");
    }
    assert_eq!(get("A=b", "B"), None);
}

#[test]
fn a_fault_is_named_by_its_line_and_not_repeated() {
    for (content, says) in [
        ("B=c\nA hunter2", "line 2 is not"),
        ("B=c\n\nA: hunter2", "line 3 is not"),
        ("A\n", "line 1 is not"),
        ("A=\n\n  {\"hunter2\": \"c\"}", "line 1 is not"),
        (
            "# c\nA={\n\"hunter2\": \"c\"\n",
            "begins in line 2 is not closed",
        ),
        ("A='hunter2", "begins in line 1 is not closed"),
        ("A=\"hunter2\\\"", "begins in line 1 is not closed"),
        ("A='b' hunter2", "line 1 goes on"),
        (
            "A={\n}\nB=1\nA=hunter2",
            "A stands in line 1 and again in line 4",
        ),
    ] {
        let said = refusal(content.as_bytes());
        assert!(said.contains(says), "{said}");
        assert!(!said.contains("hunter2"));
    }
    assert!(refusal(b"A=\xFF").contains("UTF-8"));
    for utf_16 in [&b"\xFF\xFEA\0=\0b\0"[..], b"A\0=\0b\0"] {
        assert!(matches!(EnvFile::parse(utf_16), Err(EnvFileError::NotUtf8)));
    }
}

#[test]
fn lines_of_other_programs_are_passed_over() {
    for others in [
        "my.var=1",
        "my-var=1",
        "1st=2",
        "just words",
        "B='it is not closed",
        "B=\"it is not closed",
        "B={",
        "B='x' y",
        "B=1\nB=2",
        "A.b=2",
        "A-b: 2",
        "=",
        "[section]",
    ] {
        let content = format!("{others}\nA=b\n{others}\n");
        assert_eq!(get(&content, "A").as_deref(), Some("b"), "{others}");
    }
    let quotes = "B='it is\nA=b\nC='fine'\nD=\"it is\nE=f\nF=\"fine\"";
    assert_eq!(get(quotes, "A").as_deref(), Some("b"));
    assert_eq!(get(quotes, "E").as_deref(), Some("f"));
    let latin_1 = EnvFile::parse(b"# f\xFCr\nB=\xFC\nA=b").unwrap();
    assert_eq!(latin_1.get("A").unwrap(), Some("b"));
    // What stands within quotes is no line.
    assert_eq!(get("B='\nA=b\n'\n", "A"), None);
    assert_eq!(get("B='\nA=b\n'\nA=c", "A").as_deref(), Some("c"));
}

#[test]
fn a_name_that_is_cut_off_is_not_taken_for_another() {
    let cut = EnvFile::parse(b"B=c\nexport API_K").unwrap();
    let error = cut.get("API_KEYS").unwrap_err();
    assert!(matches!(error, EnvFileError::NotASetting(2)), "{error}");
    assert_eq!(cut.get("COLOUR").unwrap(), None);
    assert_eq!(get("API_K\nB=c", "API_KEYS"), None);
}

proptest! {
    #[test]
    fn no_content_panics(content in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = EnvFile::parse(&content).map(|file| file.get("A").is_ok());
    }

    #[test]
    fn no_text_panics(content in "[A={}'\"\\\\#\n\r é]{0,40}") {
        let _ = EnvFile::parse(content.as_bytes()).unwrap().get("A");
    }

    #[test]
    fn json_objects_come_back_as_they_are(
        members in prop::collection::btree_map(".{0,12}", ".{0,12}", 0..6),
        before in "(B=c\n)?", after in "(\nD=e)?",
    ) {
        let json = serde_json::to_string_pretty(&members).unwrap();
        let content = format!("{before}A={json}{after}");
        prop_assert_eq!(get(&content, "A"), Some(json));
    }
}
