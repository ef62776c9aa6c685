//! What is asked for: all of it stands in the address, under the names of the API.

use crate::period::{DEFAULT, Period};
use central_logger_log_store::{LogSearch, StatsQuery, ValidationErrors};
use central_logger_pages::{time::rfc3339, time_fields::with_zone};
use central_logger_times::Timestamp;
use form_urlencoded::Serializer;
use time::OffsetDateTime;

/// The path of the logs.
pub const PATH: &str = "/console/logs";

/// The address of the entries of a workflow.
pub fn of_workflow(name: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("range", "24h")
        .append_pair("workflow", name)
        .finish();
    format!("{PATH}?{query}")
}

/// How many entries a page has.
const ENTRIES: &str = "50";

/// So many columns of one's own are shown.
const MOST_COLUMNS: usize = 20;

/// Which entries are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Names and values of filters: `environment`, `status`, `workflow`, `q`, `attr.…` and `not.…`.
    pub filters: Vec<(String, String)>,
    /// Members that each row shows beside what it has anyway, such as `attr.host`.
    pub columns: Vec<String>,
    /// The time.
    pub period: Period,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What an address asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// This.
    View(View),
    /// The same under another address, in which all of it stands.
    At(String),
}

impl View {
    /// The last day without filters.
    pub fn latest(now: OffsetDateTime) -> Self {
        Self {
            filters: Vec::new(),
            columns: Vec::new(),
            period: Period::until(now, DEFAULT),
            cursor: None,
        }
    }

    /// Reads the parameters of an address.
    pub fn read(parameters: Vec<(String, String)>, now: OffsetDateTime) -> Asked {
        let mut view = Self::latest(now);
        let (mut from, mut to, mut is_other) = (None, None, false);
        let (mut member, mut value) = (None, None);
        for (name, text) in parameters {
            match &*name {
                // Of a form in which nothing was written.
                _ if text.is_empty() && !name.starts_with("attr.") => is_other = true,
                "range" => {
                    is_other = true;
                    if let Some(period) = Period::named(&text, now) {
                        (from, to) = (Some(period.from), Some(period.to));
                    }
                }
                "from" | "to" => {
                    let read = Timestamp::parse_bound(&with_zone(&text)).ok();
                    is_other |= read.is_none_or(|read| rfc3339(read.get()) != text);
                    let bound = if name == "from" { &mut from } else { &mut to };
                    *bound = bound.or(read);
                }
                // A page has as many entries as it has.
                "limit" => is_other = true,
                "column" if view.columns.contains(&text) => is_other = true,
                "column" => match view.columns.len() {
                    MOST_COLUMNS.. => is_other = true,
                    _ => view.columns.push(text),
                },
                "cursor" => view.cursor = Some(text),
                "member" => member = Some(text),
                "value" => value = Some(text),
                _ => view.add(name, text),
            }
        }
        if let Some(member) = member {
            is_other = true;
            view.add(format!("attr.{member}"), value.unwrap_or_default());
        }
        is_other |= from.is_none() || to.is_none();
        let to = to.unwrap_or(view.period.to);
        let from = from.unwrap_or_else(|| to.saturating_sub(DEFAULT));
        view.period = Period { from, to };
        match is_other {
            true => Asked::At(view.address()),
            false => Asked::View(view),
        }
    }

    fn add(&mut self, name: String, value: String) {
        let pair = (name, value);
        if !self.filters.contains(&pair) {
            self.filters.push(pair);
        }
    }

    /// The same with one more filter, from its first page on.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut view = self.first_page();
        view.add(name.to_owned(), value.to_owned());
        view
    }

    /// The same without one of its filters.
    #[must_use]
    pub fn without(&self, filter: &(String, String)) -> Self {
        let mut view = self.first_page();
        view.filters.retain(|other| other != filter);
        view
    }

    /// The same in another time.
    #[must_use]
    pub fn within(&self, period: Period) -> Self {
        Self {
            period,
            ..self.first_page()
        }
    }

    /// The same, with the entries after those of this page.
    #[must_use]
    pub fn after(&self, cursor: String) -> Self {
        Self {
            cursor: Some(cursor),
            ..self.clone()
        }
    }

    /// The same from its newest entry on.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self {
            cursor: None,
            ..self.clone()
        }
    }

    /// The values of a filter.
    pub fn values<'v>(&'v self, name: &'v str) -> impl Iterator<Item = &'v str> {
        let of_name = self.filters.iter().filter(move |(found, _)| found == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// The address of the page.
    pub fn address(&self) -> String {
        let mut query = self.query(self.cursor.as_deref());
        for column in &self.columns {
            let mut pair = Serializer::new(String::new());
            query = format!("{query}&{}", pair.append_pair("column", column).finish());
        }
        format!("{PATH}?{query}")
    }

    /// The address of an export of all of it.
    pub fn export(&self, format: &str) -> String {
        format!("/api/v1/logs/export?format={format}&{}", self.query(None))
    }

    /// The address of what comes from now on.
    pub fn tail(&self) -> String {
        let filters = Serializer::new(String::new())
            .extend_pairs(&self.filters)
            .finish();
        format!("/api/v1/logs/tail?{filters}")
    }

    fn query(&self, cursor: Option<&str>) -> String {
        let mut query = Serializer::new(String::new());
        query
            .extend_pairs(&self.filters)
            .extend_pairs(self.bounds());
        if let Some(cursor) = cursor {
            query.append_pair("cursor", cursor);
        }
        query.finish()
    }

    /// The period as parameters.
    pub fn bounds(&self) -> [(String, String); 2] {
        let Period { from, to } = self.period;
        [("from", from), ("to", to)].map(|(name, time)| (name.to_owned(), rfc3339(time.get())))
    }

    /// The search for the entries of the page.
    ///
    /// # Errors
    /// When a filter is none of the API.
    pub fn search(&self) -> Result<LogSearch, ValidationErrors> {
        let cursor = self.cursor.iter();
        let cursor = cursor.map(|cursor| ("cursor".to_owned(), cursor.clone()));
        let limit = [("limit".to_owned(), ENTRIES.to_owned())];
        LogSearch::from_pairs(self.all().chain(cursor).chain(limit))
    }

    /// The question how many there are, by the values of a member, in spans of this length.
    ///
    /// # Errors
    /// When a filter is none that counts know.
    pub fn stats(
        &self,
        by: &str,
        interval: &str,
        now: OffsetDateTime,
    ) -> Result<StatsQuery, ValidationErrors> {
        let further = [("by", by), ("interval", interval)];
        let further = further.map(|(name, value)| (name.to_owned(), value.to_owned()));
        StatsQuery::from_pairs(self.all().chain(further), now)
    }

    fn all(&self) -> impl Iterator<Item = (String, String)> {
        self.filters.iter().cloned().chain(self.bounds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    fn read(query: &str) -> Asked {
        let pairs = form_urlencoded::parse(query.as_bytes());
        View::read(pairs.into_owned().collect(), NOW)
    }

    #[track_caller]
    fn led_to(query: &str) -> View {
        let Asked::At(address) = read(query) else {
            panic!("{query} stays");
        };
        match read(address.strip_prefix("/console/logs?").unwrap()) {
            Asked::View(view) => view,
            Asked::At(other) => panic!("{address} leads on to {other}"),
        }
    }

    #[test]
    fn each_address_leads_to_one_that_holds_all_of_it() {
        let view = led_to("");
        assert_eq!(view, View::latest(NOW));
        let view = led_to("range=1h&status=FAILED&workflow=&q=");
        assert_eq!(view.period.length(), Duration::HOUR);
        assert_eq!(view.filters, [("status".to_owned(), "FAILED".to_owned())]);
        let view = led_to("from=2026-03-01T09:00&to=2026-03-01T10:00&status=OK&status=OK");
        assert_eq!(view.period.length(), Duration::HOUR);
        assert_eq!(view.filters.len(), 1);
        let view = led_to("member=host&value=h%26m+7");
        assert_eq!(view.filters, [("attr.host".to_owned(), "h&m 7".to_owned())]);
        let view = led_to("column=attr.a&column=&column=attr.b&column=attr.a&range=1h");
        assert_eq!(view.columns, ["attr.a", "attr.b"]);
        assert!(!view.export("csv").contains("column"));
        let view = led_to("from=yesterday");
        assert_eq!(view.period, View::latest(NOW).period);
    }

    #[test]
    fn filters_come_and_go_and_the_page_is_the_first_again() {
        let view = View::latest(NOW).after("x".to_owned());
        let narrowed = view.with("status", "FAILED").with("status", "FAILED");
        assert_eq!((narrowed.filters.len(), &narrowed.cursor), (1, &None));
        assert_eq!(narrowed.without(&narrowed.filters[0]), view.first_page());
        assert!(view.address().ends_with("&cursor=x"), "{}", view.address());
    }
}
