//! The rotation of keys that are due, beside the requests.

use super::{Server, raising::Raising};
use central_logger_delivery::{Targets, Variables};
use central_logger_hand_over::{DueReport, DueRotation, HandOver, LinkMail};
use central_logger_key_store::Actor;
use central_logger_operation_routes::OperationRoutes;
use central_logger_operations::Caller;
use central_logger_text::Report;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// How often it is looked for keys that are due.
const INTERVAL: Duration = Duration::from_secs(600);
/// How often a server looks whether it leads.
const LEADERSHIP_INTERVAL: Duration = Duration::from_secs(5);

/// What hands keys over that are due.
#[derive(Clone)]
pub(super) struct Rotation {
    hand_over: HandOver,
    due: DueRotation,
}

impl Rotation {
    /// Nothing unless the server is to rotate keys.
    pub(super) fn of(server: &Server, shared: &OperationRoutes, raising: Raising) -> Option<Self> {
        let settings = server.config.rotation?;
        let base_url = server.base_url();
        let api_url = format!("{base_url}/api/v1/logs");
        // Nobody could open a link of a server without pages.
        let mailer = server.config.alerting.mailer.clone();
        let mailer = mailer.filter(|_| server.config.console);
        let clock = Arc::clone(&server.clock);
        let targets = Targets::new(Variables::of_process(), Arc::clone(&clock));
        let operations = shared.operations(Caller::Provider(Actor::server("rotation")));
        let prefix = server.key_prefix().clone();
        let hand_over = HandOver::new(operations, Arc::new(targets), clock, prefix, api_url)
            .with_mail(mailer.map(|mailer| LinkMail { mailer, base_url }))
            .with_alerts(raising.undelivered);
        let due = DueRotation {
            age: settings.due,
            grace: settings.grace,
            finish_idle: settings.finish_idle,
        };
        Some(Self { hand_over, due })
    }

    /// Rotates keys again and again, without end, while this server leads.
    pub(super) async fn run(self, leads: impl Fn() -> bool) {
        loop {
            if !leads() {
                sleep(LEADERSHIP_INTERVAL).await;
                continue;
            }
            match self.hand_over.rotate_due(&self.due, |_, _| {}).await {
                Ok(report) => tell(&report),
                Err(error) => {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "keys that are due could not be rotated");
                }
            }
            sleep(INTERVAL).await;
        }
    }
}

fn tell(report: &DueReport) {
    let (rotated, mailed) = (report.rotated.len(), report.mailed.len());
    let (finished, failed) = (report.finished.len(), report.failed.len());
    if rotated + finished + failed > 0 {
        tracing::info!(
            rotated,
            mailed,
            finished,
            failed,
            "rotated keys that were due"
        );
    }
}
