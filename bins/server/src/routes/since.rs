use crate::problem::Problem;
use central_logger_log_store::Fault;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// The time from which on something is asked for, if it is the one parameter; or else this long ago.
pub(super) fn since(
    parameters: &[(String, String)],
    now: OffsetDateTime,
    default: Duration,
) -> Result<OffsetDateTime, Problem> {
    let fault = match parameters {
        [] => return Ok(now - default),
        [(name, value)] if name == "since" => match OffsetDateTime::parse(value, &Rfc3339) {
            Ok(since) => return Ok(since),
            Err(_) => Fault::new("since", "must be RFC 3339, such as 2027-01-31T12:00:00Z"),
        },
        [.., (name, _)] if name == "since" => Fault::new("since", "is given twice"),
        [.., (name, _)] => Fault::new(name.clone(), "is no parameter of this call"),
    };
    Err(Problem::faulty_query(vec![fault]))
}
