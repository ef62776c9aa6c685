//! Servers that come and go, and a store.

use central_logger_limits::{LimitId, MemoryLimits, NotTaken, Rule, SharedLimits};
use central_logger_times::{Clock, ManualClock};
use std::sync::Arc;
use time::{Duration, macros::datetime};

pub(crate) struct Site {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) servers: Vec<Server>,
    store: Arc<MemoryLimits>,
    id: LimitId,
    rule: Rule,
}

pub(crate) struct Server {
    limits: SharedLimits,
    renews_at: std::time::Duration,
}

const RENEWAL: std::time::Duration = std::time::Duration::from_millis(500);

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().unwrap();
    runtime.block_on(work)
}

impl Site {
    pub(crate) fn new(rule: Rule, servers: usize) -> Self {
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let mut site = Self {
            store: Arc::new(MemoryLimits::new(clock.clone())),
            clock,
            servers: Vec::new(),
            id: LimitId::requests_per_day(&"acme".parse().unwrap()),
            rule,
        };
        site.servers = (0..servers).map(|number| site.server(number)).collect();
        site
    }

    /// One that begins with nothing.
    fn server(&self, number: usize) -> Server {
        let phase = std::time::Duration::from_millis(137 * number as u64 % 500);
        Server {
            limits: SharedLimits::new(self.store.clone(), self.clock.clone()),
            renews_at: self.clock.elapsed() + phase,
        }
    }

    /// Sends a request to a server.
    pub(crate) async fn send(&self, server: usize) -> bool {
        let limits = &self.servers[server].limits;
        match limits.take(&limits.limit(&self.id, self.rule), 1).await {
            Ok(_) => true,
            Err(NotTaken::Reached { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Lets time go by.
    pub(crate) async fn wait(&mut self, time: Duration) {
        self.clock.advance(time);
        for server in &mut self.servers {
            if self.clock.elapsed() >= server.renews_at {
                server.renews_at += RENEWAL;
                server.limits.renew().await;
            }
        }
    }

    /// Ends a server in good order, and starts it again.
    pub(crate) async fn restart(&mut self, server: usize) {
        self.servers[server].limits.stop().await;
        self.servers[server] = self.server(server);
    }

    /// Ends a server all of a sudden, and starts it again.
    pub(crate) fn kill(&mut self, server: usize) {
        self.servers[server] = self.server(server);
    }

    pub(crate) fn exchanges(&self) -> u64 {
        let servers = self.servers.iter();
        servers.map(|server| server.limits.status().exchanges).sum()
    }
}

/// Divides requests among servers by weights.
#[derive(Debug, Clone)]
pub(crate) struct Split(pub(crate) Vec<u32>);

impl Split {
    pub(crate) fn next(&self, random: &mut fastrand::Rng) -> usize {
        let mut number = random.u32(0..self.0.iter().sum());
        for (server, weight) in self.0.iter().enumerate() {
            match number.checked_sub(*weight) {
                Some(rest) => number = rest,
                None => return server,
            }
        }
        0
    }
}
