use crate::{
    answer::{Answer, Response, clock_fault, foreign},
    batch::Delivery,
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

#[derive(Deserialize)]
struct Whoami {
    client_id: String,
    key_id: String,
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
    let whoami: Option<Whoami> = serde_json::from_str(&response.body).ok();
    let whoami = whoami.filter(|_| response.status == 200);
    let answer = Answer::of(&response, &Delivery::default(), &address);
    let mut checks = match (whoami, answer) {
        (Some(whoami), _) => vec![found("address", Ok(address)), found("key", key(&whoami))],
        (None, Answer::Failed { reason, .. }) => match response.status {
            401 | 403 => vec![found("address", Ok(address)), found("key", Err(reason))],
            _ => vec![found("address", Err(reason))],
        },
        (None, _) => vec![found("address", Err(foreign(&address)))],
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
