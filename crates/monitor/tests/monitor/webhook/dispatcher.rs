//! Alerts on their way from a store to a receiver.

use super::{
    OLD, Secrets,
    receiver::{Answer, OK, Receiver},
    signing::is_accepted,
};
use central_logger_key_activity::{
    Alert, AlertId, AlertKind, AlertQuery, AlertStore, AlertSubject, Counted, Delivery,
    DeliveryState, MemoryActivity,
};
use central_logger_monitor::{AlertCounts, AlertDispatcher, EgressPolicy};
use central_logger_text::MessageFormat;
use central_logger_times::{Clock, ManualClock, SystemClock, Timestamp};
use http::Request;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use time::Duration;

struct Fixture {
    clock: Arc<ManualClock>,
    store: Arc<MemoryActivity>,
    counts: Arc<AlertCounts>,
    secrets: Secrets,
    address: SocketAddr,
}

impl Fixture {
    /// For a receiver at this address, or at one where nobody listens yet.
    async fn new(address: Option<SocketAddr>) -> Self {
        let address = match address {
            Some(address) => address,
            None => unused_address().await,
        };
        Self {
            // The reference library believes no message of another time.
            clock: Arc::new(ManualClock::new(SystemClock.now())),
            store: Arc::new(MemoryActivity::new()),
            counts: Arc::default(),
            secrets: Secrets::new(OLD),
            address,
        }
    }

    fn dispatcher(&self) -> AlertDispatcher {
        let url = format!("http://{}/hook", self.address);
        let webhook = self.secrets.webhook(&url, EgressPolicy::Anywhere);
        AlertDispatcher::new(self.store.clone(), webhook, self.clock.clone())
            .counted_by(Arc::clone(&self.counts))
    }

    /// An alert that is due now.
    async fn raise(&self, number: usize) -> AlertId {
        let now = self.clock.now();
        let subject = AlertSubject {
            client_id: Some("acme_corp".parse().unwrap()),
            key_id: Some("4fT9aXk20bQz".parse().unwrap()),
            network: Some(format!("192.0.{number}.0/24")),
        };
        let alert = Alert {
            id: AlertId::of(AlertKind::NewNetwork, &subject, now),
            kind: AlertKind::NewNetwork,
            subject,
            first_at: now,
            last_at: now,
            counted: Counted {
                sum: 7,
                hour: now,
                in_hour: 7,
            },
            evidence: "used for the first time".to_owned(),
            acknowledged: None,
            delivery: Some(Delivery::due(now)),
        };
        let id = alert.id.clone();
        self.store.put_alerts(&[alert]).await.unwrap();
        id
    }

    async fn deliveries(&self) -> Vec<Delivery> {
        let query = AlertQuery {
            client: None,
            since: Timestamp::MIN,
            before: None,
            limit: 1000,
        };
        let alerts = self.store.alerts(&query).await.unwrap();
        alerts
            .into_iter()
            .filter_map(|alert| alert.delivery)
            .collect()
    }

    async fn are_all(&self, state: DeliveryState) -> bool {
        let deliveries = self.deliveries().await;
        deliveries.iter().all(|delivery| delivery.state == state)
    }
}

async fn unused_address() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

fn id(request: &Request<String>) -> &str {
    request.headers()["webhook-id"].to_str().unwrap()
}

#[tokio::test]
async fn a_receiver_that_is_down_for_five_minutes_gets_every_alert_once_it_is_back() {
    let f = Fixture::new(None).await;
    let mut raised = Vec::new();
    let began = f.clock.now();
    while f.clock.now() - began < Duration::minutes(5) {
        if raised.len() < 40 {
            raised.push(f.raise(raised.len()).await);
        }
        // A program that ends and another that begins know no less.
        f.dispatcher().deliver_due().await.unwrap();
        f.clock.advance(AlertDispatcher::INTERVAL);
    }
    assert!(f.are_all(DeliveryState::Pending).await);

    let mut receiver = Receiver::at(f.address, Answer::Bytes(OK.to_owned()), None).await;
    let back = f.clock.now();
    while !f.are_all(DeliveryState::Delivered).await {
        f.dispatcher().deliver_due().await.unwrap();
        f.clock.advance(AlertDispatcher::INTERVAL);
    }
    assert!(f.clock.now() - back < Duration::minutes(6));
    let mut taken = Vec::new();
    for _ in &raised {
        let request = receiver.request().await;
        taken.push(id(&request).to_owned());
        receiver.closed().await;
    }
    taken.sort();
    let mut raised: Vec<_> = raised.iter().map(ToString::to_string).collect();
    raised.sort();
    assert_eq!(taken, raised);
    assert_eq!(f.counts.attempts(DeliveryState::Delivered), 40);
    assert!(f.counts.attempts(DeliveryState::Pending) > 20);
}

#[tokio::test]
async fn an_alert_is_sent_as_standard_webhooks_wants_it() {
    let mut receiver = Receiver::answering(OK).await;
    let f = Fixture::new(Some(receiver.address)).await;
    let alert = f.raise(2).await;
    f.dispatcher().deliver_due().await.unwrap();
    let request = receiver.request().await;
    assert!(is_accepted(&request, OLD));
    assert_eq!(id(&request), alert.as_str());
    let body: Value = serde_json::from_str(request.body()).unwrap();
    let at = &body["timestamp"];
    assert_eq!(
        body,
        json!({
            "type": "alert.raised",
            "timestamp": at,
            "data": {
                "id": alert.as_str(),
                "kind": "new_network",
                "severity": "critical",
                "client_id": "acme_corp",
                "key_id": "4fT9aXk20bQz",
                "network": "192.0.2.0/24",
                "first_at": at,
                "last_at": at,
                "count": 7,
                "evidence": "used for the first time",
            },
        })
    );
    let [delivery] = &f.deliveries().await[..] else {
        panic!("one alert")
    };
    assert_eq!(
        (delivery.state, delivery.attempts),
        (DeliveryState::Delivered, 1)
    );
    assert_eq!(delivery.error, None);
}

#[tokio::test]
async fn what_is_refused_for_a_day_is_given_up_and_says_why() {
    let refusal = "HTTP/1.1 500 Oh no\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::answering(refusal).await;
    let f = Fixture::new(Some(receiver.address)).await;
    f.raise(1).await;
    let began = f.clock.now();
    let mut last_attempt = began;
    let mut attempts = 0;
    while !f.are_all(DeliveryState::GivenUp).await {
        f.dispatcher().deliver_due().await.unwrap();
        let [delivery] = &f.deliveries().await[..] else {
            panic!("one alert")
        };
        if delivery.attempts > attempts {
            (attempts, last_attempt) = (delivery.attempts, f.clock.now());
            assert!(delivery.error.as_ref().unwrap().contains("status 500"));
        }
        f.clock.advance(Duration::MINUTE);
    }
    assert_eq!(attempts, AlertDispatcher::MOST_ATTEMPTS);
    let hours = (last_attempt - began).whole_hours();
    assert!((22..=24).contains(&hours), "{hours}");
    assert_eq!(f.counts.attempts(DeliveryState::GivenUp), 1);
    f.clock.advance(Duration::days(2));
    f.dispatcher().deliver_due().await.unwrap();
    assert_eq!(
        f.deliveries().await[0].attempts,
        AlertDispatcher::MOST_ATTEMPTS,
        "it rests"
    );
}

#[tokio::test]
async fn a_receiver_that_says_when_to_come_again_is_left_alone_until_then() {
    for (status, after, seconds) in [(429, "40", 40), (503, "7200", 7200), (503, "1", 5)] {
        let refusal =
            format!("HTTP/1.1 {status} Later\r\nretry-after: {after}\r\ncontent-length: 0\r\n\r\n");
        let mut receiver = Receiver::answering(refusal).await;
        let f = Fixture::new(Some(receiver.address)).await;
        f.raise(1).await;
        f.raise(2).await;
        let dispatcher = f.dispatcher();
        dispatcher.deliver_due().await.unwrap();
        let first = id(&receiver.request().await).to_owned();
        receiver.closed().await;
        let wait = Duration::seconds(seconds);
        let tried: Vec<_> = f.deliveries().await;
        let tried = tried
            .iter()
            .find(|delivery| delivery.attempts == 1)
            .unwrap();
        assert_eq!(tried.at, f.clock.now() + wait);
        let reason = tried.error.as_ref().unwrap();
        assert!(reason.contains(&status.to_string()), "{reason}");

        // Nor is it told of another alert before that.
        let wanted = Duration::seconds(after.parse().unwrap());
        f.clock.advance(wanted - Duration::MILLISECOND);
        dispatcher.deliver_due().await.unwrap();
        let attempts = |deliveries: &[Delivery]| deliveries.iter().map(|d| d.attempts).sum::<u32>();
        assert_eq!(attempts(&f.deliveries().await), 1);
        f.clock.advance(Duration::MILLISECOND);
        dispatcher.deliver_due().await.unwrap();
        receiver.request().await;
        receiver.closed().await;
        assert_eq!(attempts(&f.deliveries().await), 2, "{first}");
    }
}

#[tokio::test]
async fn a_receiver_that_is_down_keeps_no_other_waiting_and_each_gets_an_alert_once() {
    let [mut program, mut people] = [Receiver::answering(OK).await, Receiver::answering(OK).await];
    let f = Fixture::new(None).await;
    let webhook = |address: SocketAddr| {
        let url = format!("http://{address}/hook");
        f.secrets.webhook(&url, EgressPolicy::Anywhere)
    };
    let all = vec![
        webhook(f.address),
        webhook(program.address),
        webhook(people.address).understanding(MessageFormat::Slack),
    ];
    let dispatcher = AlertDispatcher::of(f.store.clone(), all, None, f.clock.clone());
    let raised = [f.raise(1).await, f.raise(2).await];
    // The first one is down.
    dispatcher.deliver_due().await.unwrap();
    let mut taken = Vec::new();
    for _ in &raised {
        let request = program.request().await;
        taken.push(id(&request).to_owned());
        program.closed().await;
        let request = people.request().await;
        let body: Value = serde_json::from_str(request.body()).unwrap();
        let text = body["text"].as_str().unwrap();
        let expected = "new_network: client acme_corp, key 4fT9aXk20bQz, network 192.0.";
        assert!(text.starts_with(expected), "{text}");
        people.closed().await;
    }
    taken.sort();
    let mut expected = raised.map(|id| id.to_string());
    expected.sort();
    assert_eq!(taken, expected);
    for delivery in f.deliveries().await {
        assert_eq!(delivery.state, DeliveryState::Pending);
        let error = delivery.error.unwrap();
        assert!(
            error.starts_with(&format!("http://{}: ", f.address)),
            "{error}"
        );
    }
    let mut first = Receiver::at(f.address, Answer::Bytes(OK.to_owned()), None).await;
    f.clock.advance(AlertDispatcher::INTERVAL);
    dispatcher.deliver_due().await.unwrap();
    assert!(f.are_all(DeliveryState::Delivered).await);
    for _ in &expected {
        assert!(expected.contains(&id(&first.request().await).to_owned()));
        first.closed().await;
    }
    assert!(
        program.is_idle() && people.is_idle(),
        "they had them before"
    );
}
