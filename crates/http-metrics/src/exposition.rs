//! The two formats of metrics, and which of them a client accepts.

use actix_web::{
    HttpRequest,
    http::header::{ACCEPT, HeaderValue},
};
use std::fmt::Write;

/// How metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpositionFormat {
    /// That of OpenMetrics 1.0.
    OpenMetrics,
    /// The older one of Prometheus, which every tool reads.
    Text,
}

const OPEN_METRICS: &str = "application/openmetrics-text";

impl ExpositionFormat {
    /// OpenMetrics for those who ask for it by its name and would not rather have text.
    pub fn accepted_by(request: &HttpRequest) -> Self {
        let values = request.headers().get_all(ACCEPT);
        let values = values.filter_map(|value: &HeaderValue| value.to_str().ok());
        Self::preferred(values.flat_map(|value| value.split(',')))
    }

    fn preferred<'a>(ranges: impl Iterator<Item = &'a str>) -> Self {
        let (mut open_metrics, mut text) = (0.0_f64, 0.0_f64);
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .filter_map(|part| part.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
                .map_or(1.0, |(_, weight)| weight.trim().parse().unwrap_or(0.0));
            match &*media_type {
                OPEN_METRICS => open_metrics = open_metrics.max(weight),
                "text/plain" => text = text.max(weight),
                _ => {}
            }
        }
        match open_metrics > 0.0 && open_metrics >= text {
            true => Self::OpenMetrics,
            false => Self::Text,
        }
    }

    /// Returns the value of `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// Takes metrics in the format of OpenMetrics.
    pub fn write(self, open_metrics: String) -> String {
        match self {
            Self::OpenMetrics => open_metrics,
            Self::Text => as_text(&open_metrics),
        }
    }
}

/// Samples are the same in both formats; what is said about them is not.
fn as_text(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len() + 1024);
    let mut lines = open_metrics.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(help) = line.strip_prefix("# HELP ") else {
            if !line.starts_with('#') {
                text.push_str(line);
                text.push('\n');
            }
            continue;
        };
        let (name, help) = help.split_once(' ').unwrap_or((help, ""));
        let kind = lines.peek().and_then(|line| {
            let (typed, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            (typed == name).then_some(kind)
        });
        // There, a family is called as its samples are, and information is a gauge of 1.
        let (suffix, kind) = match kind {
            Some("counter") => ("_total", "counter"),
            Some("info") => ("_info", "gauge"),
            Some("unknown") | None => ("", "untyped"),
            Some(kind) => ("", kind),
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "# HELP {name}{suffix} {help}");
        let _ = writeln!(text, "# TYPE {name}{suffix} {kind}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_metrics_goes_to_those_who_ask_for_it() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
                          application/openmetrics-text;version=0.0.1;q=0.4,\
                          text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, format) in [
            (prometheus, ExpositionFormat::OpenMetrics),
            (
                "application/openmetrics-text",
                ExpositionFormat::OpenMetrics,
            ),
            (
                "Application/OpenMetrics-Text; Q=0.1",
                ExpositionFormat::OpenMetrics,
            ),
            ("application/openmetrics-text;q=0", ExpositionFormat::Text),
            (
                "application/openmetrics-text;q=0.4, text/plain",
                ExpositionFormat::Text,
            ),
            ("text/plain", ExpositionFormat::Text),
            ("text/*", ExpositionFormat::Text),
            ("*/*", ExpositionFormat::Text),
            ("", ExpositionFormat::Text),
        ] {
            let found = ExpositionFormat::preferred(accept.split(','));
            assert_eq!(found, format, "{accept}");
        }
    }

    #[test]
    fn both_formats_have_the_same_samples() {
        let open_metrics = "\
# HELP a_build The program.
# TYPE a_build info
a_build_info{version=\"1\"} 1
# HELP a_requests Requests.
# TYPE a_requests counter
a_requests_total{code=\"200\"} 8.0
# HELP a_seconds Time.
# TYPE a_seconds histogram
# UNIT a_seconds seconds
a_seconds_sum 1.5
a_seconds_count 2
a_seconds_bucket{le=\"+Inf\"} 2
# EOF
";
        let text = "\
# HELP a_build_info The program.
# TYPE a_build_info gauge
a_build_info{version=\"1\"} 1
# HELP a_requests_total Requests.
# TYPE a_requests_total counter
a_requests_total{code=\"200\"} 8.0
# HELP a_seconds Time.
# TYPE a_seconds histogram
a_seconds_sum 1.5
a_seconds_count 2
a_seconds_bucket{le=\"+Inf\"} 2
";
        assert_eq!(ExpositionFormat::Text.write(open_metrics.to_owned()), text);
    }
}
