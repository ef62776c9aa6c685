use crate::{Connection, Failure, Figures};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// What connections send one after the other, each as soon as it has its answer or at a steady pace.
#[derive(Debug, Clone)]
pub struct Load {
    /// Where to.
    pub address: SocketAddr,
    /// How many connections.
    pub connections: usize,
    /// The requests, taken in turn.
    pub requests: Arc<[Vec<u8>]>,
    /// All connections together send so many requests a second; as many as are answered with 0.
    pub rate: u32,
}

/// What came of a load.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many answers had each status.
    pub statuses: BTreeMap<u16, u64>,
    /// How long each answer took.
    pub latencies: Figures,
    /// From the first request to the last answer.
    pub took: Duration,
}

impl Load {
    /// Sends for so long.
    ///
    /// # Errors
    /// When a connection breaks or an answer is none.
    pub async fn run_for(&self, duration: Duration) -> Result<Outcome, Failure> {
        self.run(Some(Instant::now() + duration)).await
    }

    /// Sends each request once.
    ///
    /// # Errors
    /// As [`run_for`](Self::run_for).
    pub async fn run_once(&self) -> Result<Outcome, Failure> {
        self.run(None).await
    }

    async fn run(&self, until: Option<Instant>) -> Result<Outcome, Failure> {
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            connections.push(Connection::open(self.address).await?);
        }
        let next = Arc::new(AtomicUsize::new(0));
        let began = Instant::now();
        let mut senders = JoinSet::new();
        for connection in connections {
            senders.spawn(send(connection, self.clone(), Arc::clone(&next), until));
        }
        let mut outcome = Outcome::default();
        while let Some(sent) = senders.join_next().await {
            let sent = sent??;
            for (status, answers) in sent.statuses {
                *outcome.statuses.entry(status).or_default() += answers;
            }
            outcome.latencies.append(sent.latencies);
        }
        outcome.took = began.elapsed();
        Ok(outcome)
    }
}

impl Outcome {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        let answers: u64 = self.statuses.values().sum();
        answers as f64 / self.took.as_secs_f64()
    }

    /// That every answer had this status.
    ///
    /// # Errors
    /// When one had not.
    pub fn all(self, status: u16) -> Result<Self, Failure> {
        match self.statuses.keys().all(|found| *found == status) {
            true => Ok(self),
            false => Err(format!("not all answers are {status}: {:?}", self.statuses).into()),
        }
    }
}

async fn send(
    mut connection: Connection,
    load: Load,
    next: Arc<AtomicUsize>,
    until: Option<Instant>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut turns = (load.rate > 0).then(|| {
        let each = load.connections as f64 / f64::from(load.rate);
        tokio::time::interval(Duration::from_secs_f64(each))
    });
    loop {
        if let Some(turns) = &mut turns {
            turns.tick().await;
        }
        let sent = Instant::now();
        let turn = next.fetch_add(1, Ordering::Relaxed);
        let is_over = match until {
            Some(until) => sent >= until,
            None => turn >= load.requests.len(),
        };
        if is_over {
            return Ok(outcome);
        }
        let request = &load.requests[turn % load.requests.len()];
        let status = connection.send(request).await?;
        *outcome.statuses.entry(status).or_default() += 1;
        outcome.latencies.push(sent.elapsed());
    }
}
