use std::fmt::Write;

/// Where the monitor of a workflow is, below the address of the API.
pub(crate) fn monitor_path(workflow: &str, environment: &str) -> String {
    let (workflow, environment) = (encoded(workflow), encoded(environment));
    format!("workflows/{workflow}/monitor?environment={environment}")
}

/// Bytes but letters, digits and `-._~` as a part of a path or a query has them.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            // Writing to a string cannot fail.
            false => drop(write!(encoded, "%{byte:02X}")),
        }
        encoded
    })
}
