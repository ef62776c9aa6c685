//! A client with a channel, and the time.

use central_logger_keys::ClientId;
use central_logger_monitor::EgressPolicy;
use central_logger_times::{Clock, ManualClock, SystemClock};
use central_logger_workflow_channels::{
    ChannelDispatcher, Channels, NewChannel, NewTarget, Senders,
};
use central_logger_workflows::{
    ClientChange, Incident, IncidentChange, IncidentKind, IncidentNews, MemoryWorkflows,
    channel::{ChannelSubject, QuietHours},
};
use std::sync::Arc;
use time::Duration;
use uuid::Uuid;

pub(crate) struct Site {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) channels: Channels,
    pub(crate) client: ClientId,
    store: Arc<MemoryWorkflows>,
}

fn senders() -> Senders {
    Senders {
        egress: EgressPolicy::Anywhere,
        mail: None,
    }
}

impl Site {
    pub(crate) fn new() -> Self {
        // The reference library of Standard Webhooks believes no message of another time.
        let now = SystemClock.now() - Duration::HOUR;
        let (clock, store) = (
            Arc::new(ManualClock::new(now)),
            Arc::new(MemoryWorkflows::new()),
        );
        Self {
            channels: Channels::new(store.clone(), clock.clone(), senders()),
            client: "acme".parse().unwrap(),
            clock,
            store,
        }
    }

    /// Each is that of a server that has just started.
    pub(crate) fn dispatcher(&self) -> ChannelDispatcher {
        ChannelDispatcher::new(self.store.clone(), self.clock.clone(), senders())
    }

    /// Makes a channel, and returns its secret.
    pub(crate) async fn add_webhook(&self, url: &str) -> String {
        self.add(url, None).await
    }

    /// Makes a channel in whose quiet hours it is, for half an hour more.
    pub(crate) async fn add_quiet_webhook(&self, url: &str) {
        let after = |minutes| {
            let time = self.clock.now() + Duration::minutes(minutes);
            format!("{:02}:{:02}", time.hour(), time.minute())
        };
        let hours = QuietHours::new(&after(-30), &after(30), "UTC");
        self.add(url, Some(hours.unwrap())).await;
    }

    async fn add(&self, url: &str, quiet_hours: Option<QuietHours>) -> String {
        let new = NewChannel {
            target: NewTarget::Webhook {
                url: url.to_owned(),
                format: Default::default(),
            },
            about: ChannelSubject::default(),
            quiet_hours,
        };
        let added = self.channels.add(&self.client, "channel".to_owned(), new);
        let secret = added.await.unwrap().unwrap().secret.unwrap();
        secret.expose().to_owned()
    }

    /// Something happens to the incident of that number; returns what a message about it says.
    pub(crate) async fn tell(&self, number: u128, news: IncidentNews) -> String {
        let now = self.clock.now();
        let incident = Incident {
            id: Uuid::from_u128(number + 1),
            kind: IncidentKind::RunFailed,
            workflow: "backup".to_owned(),
            environment: "prod".to_owned(),
            began_at: now,
            ended_at: (news == IncidentNews::Ended).then_some(now),
            evidence: "a run ended FAILED".to_owned(),
            entry_id: None,
        };
        let what = match news {
            IncidentNews::Ended => "ended",
            _ => "began",
        };
        let said = format!("{}-incident.{what}", incident.id);
        let change = IncidentChange { incident, news };
        let mut changes = ClientChange::new(&*self.store, &self.client);
        changes
            .keep(vec![change.clone()], vec![change])
            .await
            .unwrap();
        assert!(changes.commit(now).await.unwrap());
        said
    }
}
