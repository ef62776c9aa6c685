//! The requests that were answered.

use crate::{histogram::Histogram, metric_writer::MetricWriter, per_thread::PerThread};
use actix_web::dev::ServiceResponse;
use central_logger_http_api::route::{OTHER, Route, method_name};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet},
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::Duration,
};

/// How many requests were answered, how, and after what time.
#[derive(Debug, Default)]
pub struct RequestCounts(PerThread<HashMap<Call, Answers>>);

/// What was asked for, of few things.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, EncodeLabelSet)]
struct Call {
    route: &'static str,
    method: &'static str,
}

#[derive(Clone, Debug)]
struct Answers {
    by_status: BTreeMap<u16, u64>,
    /// In seconds.
    latencies: Histogram,
}

/// In seconds.
const LATENCIES: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

impl RequestCounts {
    /// Counts an answer, and the time until it began.
    pub fn count<B>(&self, response: &ServiceResponse<B>, latency: Duration) {
        let request = response.request();
        let route = request.app_data::<Route>();
        let call = Call {
            route: route.map_or(OTHER, |route| route.0),
            method: method_name(request.method()),
        };
        self.add(call, response.status().as_u16(), latency);
    }

    /// Counts a request that was lost before its route was known again.
    pub fn count_failure(&self, method: &'static str, latency: Duration) {
        let route = OTHER;
        self.add(Call { route, method }, 500, latency);
    }

    fn add(&self, call: Call, status: u16, latency: Duration) {
        let mut calls = self.0.mine();
        let answers = calls.entry(call).or_default();
        *answers.by_status.entry(status).or_default() += 1;
        answers.latencies.observe(latency.as_secs_f64());
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            by_status: BTreeMap::new(),
            latencies: Histogram::new(LATENCIES),
        }
    }
}

impl Answers {
    fn add(&mut self, other: &Self) {
        for (status, count) in &other.by_status {
            *self.by_status.entry(*status).or_default() += count;
        }
        self.latencies.add(&other.latencies);
    }
}

impl Collector for RequestCounts {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut calls = BTreeMap::<Call, Answers>::new();
        self.0.each(|part| {
            for (call, answers) in part {
                calls.entry(*call).or_default().add(answers);
            }
        });
        let by_status = calls.iter().flat_map(|(call, answers)| {
            let by_status = answers.by_status.iter();
            by_status.map(|(status, count)| ((*call, [("status", *status)]), *count as f64))
        });
        to.counters("http_requests", "HTTP requests answered", by_status)?;
        to.histograms(
            "http_request_duration_seconds",
            "Time from a request to the beginning of its answer",
            calls
                .iter()
                .map(|(call, answers)| (*call, &answers.latencies)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::{encoding::text::encode, registry::Registry};
    use std::{sync::Arc, thread};

    #[test]
    fn what_threads_have_counted_is_added_up() {
        let counts = Arc::new(RequestCounts::default());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let counts = Arc::clone(&counts);
                thread::spawn(move || {
                    let (route, method) = ("/", "GET");
                    for status in [200, 200, 404] {
                        let latency = Duration::from_millis(2);
                        counts.add(Call { route, method }, status, latency);
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let (mut registry, mut text) = (Registry::default(), String::new());
        registry.register_collector(Box::new(counts));
        encode(&mut text, &registry).unwrap();
        for line in [
            r#"http_requests_total{route="/",method="GET",status="200"} 8.0"#,
            r#"http_requests_total{route="/",method="GET",status="404"} 4.0"#,
            r#"http_request_duration_seconds_count{route="/",method="GET"} 12"#,
            r#"http_request_duration_seconds_bucket{le="0.001",route="/",method="GET"} 0"#,
            r#"http_request_duration_seconds_bucket{le="0.0025",route="/",method="GET"} 12"#,
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }
}
