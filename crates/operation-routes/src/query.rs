//! The parameters of a query.

use central_logger_http_api::Problem;
use central_logger_log_store::{ValidationError, ValidationErrors};
use central_logger_operations::paging::PageRequest;
use std::{fmt::Display, str::FromStr};

/// How many elements a page has unless told otherwise.
const DEFAULT_LIMIT: usize = 50;

/// What was wrong with the parameters so far.
#[derive(Default)]
pub struct Query<'a> {
    seen: Vec<&'a str>,
    faults: ValidationErrors,
}

impl<'a> Query<'a> {
    /// The most elements of a page.
    pub const MAX_LIMIT: usize = 1000;

    /// Reads a parameter that may be given once.
    pub fn set<T: FromStr<Err: Display>>(
        &mut self,
        name: &'a str,
        value: &str,
        to: &mut Option<T>,
    ) {
        if self.seen.contains(&name) {
            return self.fault(name, "is given twice");
        }
        self.seen.push(name);
        match value.parse() {
            Ok(value) => *to = Some(value),
            Err(error) => self.fault(name, T::Err::to_string(&error)),
        }
    }

    /// Says that something is wrong with a parameter.
    pub fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(ValidationError::new(name, message));
    }

    /// Says that there is no such parameter.
    pub fn unknown(&mut self, name: &str) {
        self.fault(name, "is no parameter of this call");
    }

    /// Returns how many elements a page has.
    pub fn limit(&mut self, given: Option<usize>) -> usize {
        let limit = given.unwrap_or(DEFAULT_LIMIT);
        if !(1..=Self::MAX_LIMIT).contains(&limit) {
            self.fault("limit", format!("must be 1 to {}", Self::MAX_LIMIT));
        }
        limit
    }

    /// Returns the page of a list that has as many elements as a page may have unless told otherwise.
    pub fn largest_page<P>(&mut self, limit: Option<usize>, after: Option<P>) -> PageRequest<P> {
        let limit = self.limit(Some(limit.unwrap_or(Self::MAX_LIMIT)));
        PageRequest { limit, after }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When there was a fault.
    pub fn finish(self) -> Result<(), Problem> {
        match self.faults.is_empty() {
            true => Ok(()),
            false => Err(Problem::faulty_query(self.faults)),
        }
    }
}
