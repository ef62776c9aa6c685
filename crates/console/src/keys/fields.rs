//! Fields of forms as members of a body, so that both are read the same way.

use central_logger_http_api::{Members, Problem};
use central_logger_key_store::NamedRequest;
use central_logger_people::{Fields, Person};
use serde_json::{Map, Value, json};

/// The name of the field that tells a form that is sent again.
pub(crate) const REQUEST: &str = "request";

/// The fields of these names that are filled in.
pub(crate) fn members(fields: &Fields, names: &[&str]) -> Map<String, Value> {
    let filled = names
        .iter()
        .filter_map(|name| Some((*name, fields.get(name)?)));
    filled
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect()
}

/// The values of a field that has several, in one text or in several.
pub(crate) fn list(fields: &Fields, name: &str) -> Vec<Value> {
    let values = fields.all(name);
    let values = values.flat_map(|value| value.split([',', ' ', '\n', '\r', '\t']));
    let values = values.filter(|value| !value.is_empty());
    values.map(|value| json!(value)).collect()
}

/// The members as the routes of the API read them.
///
/// # Errors
/// Never, since an object was made of them.
pub(crate) fn read(members: Map<String, Value>) -> Result<Members, Problem> {
    Members::parse(Value::Object(members).to_string().as_bytes())
}

/// The request by the name that its form has given it.
pub(crate) fn named(person: &Person, path: &str, fields: &Fields) -> Option<NamedRequest> {
    let name = fields.get(REQUEST)?;
    let sent: Vec<_> = fields
        .0
        .iter()
        .filter(|(field, _)| field != "form_token")
        .collect();
    let sent = json!([path, sent]).to_string();
    let id = &person.session().id;
    Some(NamedRequest::new(
        id.as_str(),
        "console",
        name,
        sent.as_bytes(),
    ))
}
