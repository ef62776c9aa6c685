//! Queries that ask for what came since a time.

use crate::{Parameters, Problem};
use central_logger_log_store::{ValidationError, ValidationErrors};
use central_logger_times::{InvalidTimestamp, Timestamp};
use time::{Duration, OffsetDateTime};

impl Parameters {
    /// Returns the time from which on something is asked for, if it is the one parameter; or else the time
    /// this long ago.
    ///
    /// # Errors
    /// When there is another parameter, or the time is none.
    pub fn since(&self, now: OffsetDateTime, default: Duration) -> Result<Timestamp, Problem> {
        let (mut since, mut faults) = (None, ValidationErrors::default());
        for (name, value) in &self.0 {
            if name != "since" {
                faults.push(ValidationError::new(
                    name.clone(),
                    "is no parameter of this call",
                ));
                continue;
            }
            match Timestamp::parse_bound(value) {
                _ if since.is_some() => {
                    faults.push(ValidationError::new("since", "is given twice"))
                }
                Ok(time) => since = Some(time),
                Err(error) => faults.push(ValidationError::new("since", message(error))),
            }
        }
        match faults.is_empty() {
            true => Ok(since.unwrap_or(Timestamp::clamped(now).saturating_sub(default))),
            false => Err(Problem::faulty_query(faults)),
        }
    }
}

fn message(error: InvalidTimestamp) -> String {
    match error {
        InvalidTimestamp::Format => format!("{error} (a + in a URL is %2B)"),
        out_of_range => out_of_range.to_string(),
    }
}
