//! What a server tells Prometheus.

use crate::{
    http::{Answer, call},
    process::Server,
    site::Site,
};
use std::collections::{BTreeMap, BTreeSet};

/// A scrape, in the text format of OpenMetrics.
#[derive(Debug)]
pub(crate) struct Exposition {
    pub(crate) text: String,
    /// Types by name, without the suffixes of samples.
    pub(crate) types: BTreeMap<String, String>,
    pub(crate) samples: Vec<Sample>,
}

#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// A server that tells its metrics.
pub(crate) struct Measured {
    pub(crate) server: Server,
    url: String,
}

impl Measured {
    pub(crate) fn start(site: &Site) -> Self {
        let mut command = site.server();
        command.env("LOGGER_METRICS_BIND", "127.0.0.1:0");
        Self::of(Server::start(command))
    }

    /// One that was started to serve metrics.
    pub(crate) fn of(server: Server) -> Self {
        let line = server.logged("serving metrics");
        let address = line["fields"]["address"].as_str().unwrap();
        let url = format!("http://{address}/metrics");
        Self { server, url }
    }

    pub(crate) fn scrape(&self) -> Exposition {
        let answer = self.ask("application/openmetrics-text");
        let media_type = answer.header("content-type").unwrap();
        assert!(media_type.starts_with("application/openmetrics-text"));
        Exposition::parse(answer.body)
    }
}

impl Measured {
    /// The metrics in a format that is accepted.
    pub(crate) fn ask(&self, accept: &str) -> Answer {
        call(&self.url, "GET", "", &[("Accept", accept)])
    }
}

impl Exposition {
    fn parse(text: String) -> Self {
        assert!(text.ends_with("# EOF\n"), "{text}");
        let types = text.lines().filter_map(|line| {
            let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            Some((name.to_owned(), kind.to_owned()))
        });
        let types = types.collect();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let samples = samples.map(Sample::parse).collect();
        Self {
            text,
            types,
            samples,
        }
    }

    pub(crate) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples
            .iter()
            .filter(move |sample| sample.name == name)
    }

    /// The sum of the samples that have these labels among theirs.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &&Sample| {
            let mut labels = labels.iter();
            labels.all(|(name, value)| sample.labels.get(*name).is_some_and(|has| has == value))
        };
        self.of(name).filter(has).map(|sample| sample.value).sum()
    }

    /// Which samples there are, whatever their values.
    pub(crate) fn series(&self) -> BTreeSet<String> {
        let samples = self.samples.iter();
        samples
            .map(|sample| format!("{} {:?}", sample.name, sample.labels))
            .collect()
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        assert!(!line.contains('\\'), "{line}");
        let end = line.find(['{', ' ']).unwrap();
        let (name, mut rest) = line.split_at(end);
        let mut labels = BTreeMap::new();
        if let Some(mut list) = rest.strip_prefix('{') {
            while let Some((label, more)) = list.split_once("=\"") {
                let (value, more) = more.split_once('"').unwrap();
                labels.insert(label.to_owned(), value.to_owned());
                list = more.strip_prefix(',').unwrap_or(more);
                if list.starts_with('}') {
                    break;
                }
            }
            rest = list.strip_prefix('}').unwrap();
        }
        Self {
            name: name.to_owned(),
            labels,
            value: rest.trim().parse().unwrap(),
        }
    }
}
