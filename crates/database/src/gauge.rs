/// A number that goes up and down, for metrics.
///
/// # Examples
///
/// ```
/// use central_logger_database::Gauge;
///
/// let waiting = Gauge::new("pool_waiting", "How many wait for a connection", 3);
/// assert_eq!(waiting.samples[0].value, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gauge {
    /// The name, to which the metrics add a prefix.
    pub name: &'static str,
    /// What it says, in one line.
    pub help: &'static str,
    /// One value for each set of labels.
    pub samples: Vec<Sample>,
}

/// A value of a [`Gauge`].
///
/// # Examples
///
/// ```
/// use central_logger_database::{Gauge, Sample};
///
/// let idle = Sample { label: Some(("state", "idle")), value: 2 };
/// let connections = Gauge::with_samples("pool_connections", "Connections", vec![idle]);
/// assert_eq!(connections.samples.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What tells it from others, if there are several.
    pub label: Option<(&'static str, &'static str)>,
    /// The value.
    pub value: usize,
}

impl Gauge {
    /// A gauge with one value.
    pub fn new(name: &'static str, help: &'static str, value: usize) -> Self {
        Self::with_samples(name, help, vec![Sample { label: None, value }])
    }

    /// A gauge with a value for each label.
    pub fn with_samples(name: &'static str, help: &'static str, samples: Vec<Sample>) -> Self {
        Self {
            name,
            help,
            samples,
        }
    }
}
