use crate::{
    answer::{Answer, Response, clock_fault},
    http::{Http, NoAnswer},
};
use serde::Deserialize;

/// What a check of the settings has found.
///
/// # Examples
///
/// ```
/// use central_logger_client::Client;
///
/// // Nobody listens there.
/// let checks = Client::builder().url("http://127.0.0.1:9").key("cl_test_example").check();
/// for check in &checks {
///     match &check.result {
///         Ok(found) => println!("{}: {found}", check.name),
///         Err(advice) => println!("{}: {advice}", check.name),
///     }
/// }
/// assert!(checks.iter().any(|check| check.result.is_err()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was checked: `address`, `key` or `clock`.
    pub name: &'static str,
    /// What was found, or what is wrong and how to fix it.
    pub result: Result<String, String>,
}

#[derive(Debug, Default, Deserialize)]
struct Whoami {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    scopes: Vec<String>,
}

/// Asks the server. What cannot be checked, because something else is wrong, is left out.
pub(crate) fn of(http: &mut Http) -> Vec<Check> {
    let address = http.address();
    let found = |name, result| Check { name, result };
    let response = match http.whoami() {
        Ok(response) => response,
        Err(error) => {
            let advice = error.to_string();
            let is_address = match &error {
                NoAnswer::Unset(unset) => unset.is_of_address(),
                NoAnswer::Unreachable { .. } => true,
            };
            let advice = advice
                .trim_end_matches(", and entries are sent later")
                .to_owned();
            return vec![found(
                if is_address { "address" } else { "key" },
                Err(advice),
            )];
        }
    };
    let mut checks = match Answer::of(&response, &address) {
        Answer::Delivered => match serde_json::from_str::<Whoami>(&response.body) {
            Ok(whoami) => vec![found("address", Ok(address)), found("key", key(&whoami))],
            Err(_) => vec![found(
                "address",
                Err(format!(
                    "{address} is no server of logs: check LOGGER_API_URL"
                )),
            )],
        },
        Answer::Failed { reason, .. } if [401, 403].contains(&response.status) => {
            vec![found("address", Ok(address)), found("key", Err(reason))]
        }
        Answer::Failed { reason, .. } => vec![found("address", Err(reason))],
        Answer::Refused { status, .. } => {
            vec![found(
                "address",
                Err(format!("{address} answers {status}: check LOGGER_API_URL")),
            )]
        }
    };
    checks.extend(clock(&response).map(|result| found("clock", result)));
    checks
}

fn key(whoami: &Whoami) -> Result<String, String> {
    let Whoami {
        client_id,
        key_id,
        scopes,
    } = whoami;
    if !scopes.iter().any(|scope| scope == "logs:write") {
        return Err(format!(
            "the key {key_id} lacks the scope logs:write: ask for a key with that scope"
        ));
    }
    Ok(format!("{key_id} of {client_id}"))
}

fn clock(response: &Response) -> Option<Result<String, String>> {
    response.date.as_ref()?;
    Some(match clock_fault(response) {
        None => Ok("within a day of the server's".to_owned()),
        Some(fault) => Err(fault),
    })
}
