//! The thread that delivers entries, one request at a time.

use crate::{
    answer::{Answer, Fault, clock_fault},
    batch::{BatchLimits, Delivery},
    http::Http,
    pipeline::Pipeline,
    retry::{self, Backoff},
    spool::RejectedFile,
};
use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};

thread_local! {
    static IS_SENDER: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is the thread of a sender.
pub(crate) fn is_this_thread() -> bool {
    IS_SENDER.get()
}

#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) http: Http,
    pub(crate) limits: BatchLimits,
    pub(crate) linger: Duration,
    pub(crate) rejected: Option<RejectedFile>,
    backoff: Backoff,
    delivery: Option<Delivery>,
    retry_at: Option<Instant>,
}

enum Step {
    Stop,
    Send,
    Sleep(Option<Instant>),
}

impl Sender {
    pub(crate) fn new(
        pipeline: Arc<Pipeline>,
        http: Http,
        limits: BatchLimits,
        linger: Duration,
        rejected: Option<RejectedFile>,
    ) -> Self {
        let backoff = Backoff::default();
        Self {
            pipeline,
            http,
            limits,
            linger,
            rejected,
            backoff,
            delivery: None,
            retry_at: None,
        }
    }

    /// Delivers until the client is closed.
    pub(crate) fn run(mut self) {
        IS_SENDER.set(true);
        loop {
            self.pipeline.tell_progress();
            match self.next_step() {
                Step::Stop => break,
                Step::Send => self.send(),
                Step::Sleep(until) => self.pipeline.sleep(until),
            }
        }
        self.pipeline.queue.close();
        self.pipeline.tell_stopped();
    }

    fn next_step(&mut self) -> Step {
        let now = Instant::now();
        let (is_flushing, hurry) = {
            let mut orders = self.pipeline.lock();
            if orders.stop {
                return Step::Stop;
            }
            (orders.flushes > 0, std::mem::take(&mut orders.hurry))
        };
        if hurry {
            self.retry_at = None;
        }
        if let Some(retry_at) = self.retry_at.filter(|retry_at| *retry_at > now) {
            return Step::Sleep(Some(retry_at));
        }
        if self.delivery.is_some() {
            return Step::Send;
        }
        let linger = if is_flushing {
            Duration::ZERO
        } else {
            self.linger
        };
        match self.pipeline.queue.waiting().due(self.limits, linger, now) {
            Some(due) if due <= now => {
                self.delivery = Some(Delivery::of(self.pipeline.queue.take()));
                Step::Send
            }
            due => Step::Sleep(due),
        }
    }

    fn send(&mut self) {
        let Some(mut delivery) = self.delivery.take() else {
            return;
        };
        if !delivery.is_over() {
            self.send_part(&mut delivery);
        }
        if delivery.is_over() {
            self.pipeline.queue.settle();
        } else {
            self.delivery = Some(delivery);
        }
    }

    fn send_part(&mut self, delivery: &mut Delivery) {
        match self.ask(delivery) {
            Answer::Delivered => {
                let count = delivery.part_len() as u64;
                self.pipeline.counters.delivered.add(count);
                self.pipeline.counters.queued.subtract(count);
                self.backoff.reset();
                delivery.settle_part();
            }
            Answer::Refused {
                status,
                detail,
                faults,
            } => {
                self.set_aside(delivery, status, &detail, &faults);
            }
            Answer::Failed {
                retry_after,
                reason,
            } => {
                let pause = self.backoff.pause(retry_after, retry::random());
                self.retry_at = Some(Instant::now() + pause);
                self.pipeline.counters.retries.add(1);
                self.pipeline
                    .reporter
                    .report_failure(&reason, &self.pipeline.counters);
            }
        }
    }

    fn ask(&mut self, delivery: &Delivery) -> Answer {
        let response = match self.http.send(delivery.part(), self.time_left()) {
            Ok(response) => response,
            Err(error) => {
                return Answer::Failed {
                    retry_after: None,
                    reason: error.to_string(),
                };
            }
        };
        let answer = Answer::of(&response, delivery, &self.http.address());
        if let Some(fault) = clock_fault(&response)
            && !answer.is_for(&fault)
        {
            self.pipeline.reporter.report(&fault);
        }
        answer
    }

    /// The time for a request: the rest of it when the client is being closed.
    fn time_left(&self) -> Duration {
        let least = Duration::from_millis(100);
        let deadline = self.pipeline.lock().deadline;
        deadline.map_or(Duration::MAX, |deadline| {
            deadline
                .saturating_duration_since(Instant::now())
                .max(least)
        })
    }

    /// Takes out the entries that are at fault, or halves the part to find them.
    fn set_aside(&self, delivery: &mut Delivery, status: u16, detail: &str, faults: &[Fault]) {
        let len = delivery.part_len();
        let places = faults
            .iter()
            .map(|fault| fault.index)
            .filter(|place| *place < len);
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        places.dedup();
        let are_known = status == 422 && !places.is_empty();
        match len {
            1 => {
                let detail = faults
                    .first()
                    .map_or_else(|| detail.to_owned(), Fault::detail);
                self.reject(status, &detail, delivery.entry(0));
                delivery.settle_part();
            }
            _ if are_known => {
                for place in &places {
                    let faults = faults.iter().filter(|fault| fault.index == *place);
                    let details: Vec<_> = faults.map(Fault::detail).collect();
                    self.reject(status, &details.join("; "), delivery.entry(*place));
                }
                delivery.remove(&places);
            }
            _ => delivery.split_part(),
        }
    }

    fn reject(&self, status: u16, detail: &str, entry: &[u8]) {
        self.pipeline.counters.rejected.add(1);
        self.pipeline.counters.queued.subtract(1);
        let kept = match &self.rejected {
            None => "it is not kept, since there is no spool folder",
            Some(file) => match file.append(status, detail, entry) {
                Ok(true) => "it is kept in rejected.ndjson of the spool folder",
                Ok(false) => "rejected.ndjson is full: move it away",
                Err(_) => "rejected.ndjson cannot be written",
            },
        };
        let detail: String = detail.chars().take(200).collect();
        self.pipeline.report_loss(format!(
            "the server refuses an entry ({status} {detail}); {kept}"
        ));
    }
}
