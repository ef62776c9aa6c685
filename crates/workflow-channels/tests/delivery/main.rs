//! Messages of channels on their way to receivers, on a clock that is set by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod receiver;
mod site;

use central_logger_times::Clock;
use central_logger_workflows::IncidentNews;
use receiver::Receiver;
use serde_json::Value;
use site::Site;
use standardwebhooks::Webhook;
use std::net::TcpListener;
use time::Duration;

#[tokio::test]
async fn a_receiver_that_is_down_for_an_hour_gets_every_message_in_order_once_it_is_back() {
    let (site, address) = (Site::new(), receiver::unused_address());
    let secret = site.add_webhook(&format!("http://{address}/hook")).await;
    let began = site.clock.now();
    let mut expected = Vec::new();
    let mut minute = 0;
    while site.clock.now() < began + Duration::HOUR {
        if site.clock.now() >= began + Duration::MINUTE * minute {
            let news = [IncidentNews::Began, IncidentNews::Ended][minute as usize % 2];
            expected.push(site.tell(minute as u128 / 2, news).await);
            minute += 1;
        }
        site.dispatcher().deliver_due().await.unwrap();
        site.clock.advance(Duration::SECOND);
    }
    let listed = site.channels.list(&site.client).await.unwrap();
    assert_eq!(listed[0].waiting, expected.len(), "none was taken");
    assert!(
        listed[0].deliveries.len() > 10,
        "it was tried again and again"
    );

    let receiver = Receiver::at(address);
    let back = site.clock.now();
    while site.channels.list(&site.client).await.unwrap()[0].waiting > 0 {
        site.dispatcher().deliver_due().await.unwrap();
        site.clock.advance(Duration::SECOND);
    }
    let took = site.clock.now() - back;
    assert!(took < Duration::minutes(6), "{took}");
    let taken = receiver.received();
    let webhook = Webhook::new(&secret).unwrap();
    for request in &taken {
        let body = request.body().as_bytes();
        webhook.verify(body, request.headers()).unwrap();
    }
    let ids: Vec<_> = taken
        .iter()
        .map(|request| {
            let body: Value = serde_json::from_str(request.body()).unwrap();
            format!(
                "{}-{}",
                body["data"]["id"].as_str().unwrap(),
                body["type"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_receiver_that_says_when_to_come_again_is_left_alone_until_then() {
    for (status, after, seconds) in [(429, 40, 40), (503, 7200, 7200), (503, 1, 5)] {
        let (site, address) = (Site::new(), receiver::unused_address());
        let later =
            format!("HTTP/1.1 {status} Later\r\nretry-after: {after}\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::refusing(address, vec![later]);
        site.add_webhook(&format!("http://{address}/hook")).await;
        site.tell(0, IncidentNews::Began).await;
        site.dispatcher().deliver_due().await.unwrap();
        assert_eq!(receiver.received().len(), 1);

        // Nor is it told of anything else before that.
        site.tell(1, IncidentNews::Began).await;
        site.clock.advance(Duration::seconds(seconds - 1));
        site.dispatcher().deliver_due().await.unwrap();
        assert_eq!(receiver.received().len(), 1, "{status} {after}");
        site.clock.advance(Duration::seconds(2));
        site.dispatcher().deliver_due().await.unwrap();
        assert_eq!(receiver.received().len(), 3, "{status} {after}");
        let listed = site.channels.list(&site.client).await.unwrap();
        assert_eq!(listed[0].waiting, 0);
    }
}

#[tokio::test]
async fn of_a_flood_one_message_a_minute_is_sent_with_the_number_of_the_others() {
    let (site, address) = (Site::new(), receiver::unused_address());
    let receiver = Receiver::at(address);
    site.add_webhook(&format!("http://{address}/hook")).await;
    let mut told = 0;
    for _ in 0..300 {
        for _ in 0..3 {
            site.tell(told, IncidentNews::Began).await;
            told += 1;
        }
        site.dispatcher().deliver_due().await.unwrap();
        site.clock.advance(Duration::SECOND);
    }
    site.dispatcher().deliver_due().await.unwrap();
    let others = || {
        let taken = receiver.received();
        let bodies = taken.iter().map(|request| request.body());
        let bodies = bodies.map(|body| serde_json::from_str::<Value>(body).unwrap());
        let others = bodies.map(|body| body["others"].as_u64().unwrap_or(0));
        others.collect::<Vec<_>>()
    };
    let seen = others();
    assert_eq!(seen.len(), 20 + 5, "{seen:?}");
    assert!(seen[..20].iter().all(|others| *others == 0), "{seen:?}");
    let count: u64 = seen.iter().map(|others| others + 1).sum();
    assert_eq!(u128::from(count), told, "{seen:?}");

    // When it is over, each is told of at once again.
    site.clock.advance(Duration::minutes(2));
    site.tell(told, IncidentNews::Began).await;
    site.dispatcher().deliver_due().await.unwrap();
    assert_eq!(others()[25..], [0]);
}

#[tokio::test]
async fn a_test_in_quiet_hours_lets_nothing_else_through() {
    let (site, address) = (Site::new(), receiver::unused_address());
    let receiver = Receiver::at(address);
    site.add_quiet_webhook(&format!("http://{address}/hook"))
        .await;
    site.tell(0, IncidentNews::Began).await;
    site.dispatcher().deliver_due().await.unwrap();
    assert_eq!(receiver.received().len(), 0);
    let tested = site.channels.test(&site.client, "channel").await.unwrap();
    assert!(tested.is_some());
    site.dispatcher().deliver_due().await.unwrap();
    let taken = receiver.received();
    assert_eq!(taken.len(), 1);
    assert!(
        taken[0].body().contains("incident.test"),
        "{}",
        taken[0].body()
    );
    site.clock.advance(Duration::minutes(31));
    site.dispatcher().deliver_due().await.unwrap();
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn a_channel_goes_on_when_the_clock_is_set_back() {
    let (site, address) = (Site::new(), receiver::unused_address());
    let later = "HTTP/1.1 503 Later\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::refusing(address, vec![later.to_owned()]);
    site.add_webhook(&format!("http://{address}/hook")).await;
    site.clock.step(Duration::days(30));
    site.tell(0, IncidentNews::Began).await;
    site.dispatcher().deliver_due().await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    site.clock.step(Duration::days(-30));
    site.tell(1, IncidentNews::Began).await;
    site.dispatcher().deliver_due().await.unwrap();
    assert_eq!(receiver.received().len(), 3, "the first one again");
}

#[tokio::test]
async fn a_server_that_ends_in_an_attempt_leaves_the_message_to_the_next_one() {
    let site = Site::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    site.add_webhook(&format!("http://{address}/hook")).await;
    site.tell(0, IncidentNews::Began).await;
    let dispatcher = site.dispatcher();
    let taken = tokio::task::spawn_blocking(move || listener.accept());
    tokio::select! {
        delivered = dispatcher.deliver_due() => panic!("nobody has answered: {delivered:?}"),
        taken = taken => drop(taken.unwrap().unwrap()),
    }
    let receiver = Receiver::at(address);
    // Another one may be about to deliver it, for all that the next one knows.
    site.dispatcher().deliver_due().await.unwrap();
    assert_eq!(receiver.received().len(), 0);
    site.clock.advance(Duration::seconds(61));
    site.dispatcher().deliver_due().await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    let listed = site.channels.list(&site.client).await.unwrap();
    assert_eq!(listed[0].waiting, 0);
}
