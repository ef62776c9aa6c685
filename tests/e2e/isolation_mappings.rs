//! Calls about mappings, and hooks, for the table of routes and clients.

use crate::{http::Answer, isolation_callers::Caller, process::Server};

/// Of no workflow, which would be listed some time later.
const RULES: &str = r#"{"rules":{"environment":"job"}}"#;

/// Makes a mapping of the client of each key, and returns their ids.
pub(crate) fn make(server: &Server, keys: &[String; 3]) -> [String; 3] {
    let make = |key: &String| {
        let headers = [("X-API-Key", &**key), ("Content-Type", "application/json")];
        let path = "/api/v1/intake/mappings/of-it";
        let made = server
            .send("PUT", path, &headers, RULES.as_bytes())
            .json(201);
        made["id"].as_str().unwrap().to_owned()
    };
    keys.each_ref().map(make)
}

/// What a call about mappings is answered with. A client stands for the id of its mapping at hooks, and for
/// itself where the provider calls.
pub(crate) fn ask(
    server: &Server,
    by: &Caller,
    ids: &[String; 3],
    route: &str,
    form: &str,
) -> Option<Answer> {
    let (method, path) = route.split_once(' ').unwrap();
    if !path.contains("/intake/") && !path.starts_with("/hooks/") {
        return None;
    }
    let path = match path {
        "/hooks/{mapping}" => {
            let of = ids.iter().find(|id| id.starts_with(&format!("{form}.")));
            path.replace("{mapping}", of.map_or(form, |id| id))
        }
        path if path.contains("/provider/") => {
            format!("{}?client_id={form}", path.replace("{name}", "of-it"))
        }
        path => path.replace("{name}", form),
    };
    let body = match (method, path.starts_with("/hooks/")) {
        ("POST", true) => r#"{"job":"hooked"}"#,
        ("POST", false) => r#"{"rules":{"workflow":"job"},"sample":{"job":"a"}}"#,
        ("PUT", _) => RULES,
        _ => "",
    };
    Some(by.send(server, method, &path, body))
}
