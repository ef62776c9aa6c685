use central_logger_env_file::EnvFile;
use central_logger_static_keys::ApiKeys;
use std::collections::BTreeMap;

/// A `.env` file is read or refused, a mark of its byte order changes nothing, and keys are the same in every way
/// that `API_KEYS` may be written.
pub fn env_file(data: &[u8]) {
    let marked = [b"\xEF\xBB\xBF", data].concat();
    let is_marked = data.starts_with(b"\xEF\xBB\xBF");
    let read = |content: &[u8]| -> Result<Option<String>, String> {
        let file = EnvFile::parse(content).map_err(|error| error.to_string())?;
        let keys = file.get("API_KEYS").map_err(|error| error.to_string())?;
        Ok(keys.map(str::to_owned))
    };
    let keys = read(data);
    assert!(
        is_marked || read(&marked) == keys,
        "a mark makes a difference"
    );
    let keys = keys.ok().flatten();
    // The value by itself, too, which no file has to hold.
    for json in [keys.as_deref(), str::from_utf8(data).ok()]
        .into_iter()
        .flatten()
    {
        if let Ok(keys) = ApiKeys::parse(json) {
            assert_same_however_written(json, &keys);
        }
    }
}

/// Whose each key is.
fn owners(keys: &ApiKeys) -> BTreeMap<String, String> {
    let pairs = keys
        .iter()
        .map(|(key, client)| (key.expose_secret().to_owned(), client.to_string()));
    pairs.collect()
}

fn assert_same_however_written(json: &str, keys: &ApiKeys) {
    let owners_read = owners(keys);
    let expected: BTreeMap<String, String> =
        serde_json::from_str(json).expect("an object of strings");
    assert_eq!(owners_read, expected);
    assert_eq!(keys.iter().count(), expected.len(), "no key is there twice");

    let line = serde_json::to_string(&expected).expect("JSON");
    let lines = serde_json::to_string_pretty(&expected).expect("JSON");
    let mut files = vec![
        format!("API_KEYS={line}"),
        format!("# keys\n\nexport API_KEYS={lines} # all\nOTHER='x'\n"),
        format!("A=\"b\"\r\nAPI_KEYS={}\r\n", lines.replace('\n', "\r\n")),
    ];
    if !line.contains('\'') {
        files.push(format!("API_KEYS='{line}'"));
    }
    for file in files {
        let file = EnvFile::parse(file.as_bytes()).expect("a file of this form");
        let value = file.get("API_KEYS").expect("a value of this form");
        let value = value.expect("the setting");
        let again = ApiKeys::parse(value).expect("the same keys");
        assert_eq!(owners(&again), expected);
    }
}
