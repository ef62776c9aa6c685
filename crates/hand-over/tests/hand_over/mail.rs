//! Links by mail, at which keys come into being.

use crate::site::{Site, USUAL, acme};
use central_logger_hand_over::{DueRotation, HandOver, LinkMail};
use central_logger_key_activity::{Alert, AlertKind, AlertQuery, AlertRaising};
use central_logger_key_store::NewKey;
use central_logger_keys::{KeyId, KeyPrefix};
use central_logger_mail::{
    Mailer,
    testing::{MailServer, Trouble},
};
use central_logger_reveal_links::{LinkHolder, RevealLinks, Revealing};
use central_logger_times::{Clock, Timestamp};
use time::Duration;

const DUE: DueRotation = DueRotation {
    age: Duration::days(90),
    grace: Duration::days(30),
    finish_idle: Some(Duration::DAY),
};

struct Mailing {
    site: Site,
    server: MailServer,
    hand_over: HandOver,
}

impl Mailing {
    async fn new() -> Self {
        let site = Site::new().await;
        site.set_target(&acme(), "smtp:ops@acme.example").await;
        let server = MailServer::start().unwrap();
        let from = "logs@example.com".parse().unwrap();
        let mailer = Mailer::new(server.url().parse().unwrap(), from, None).unwrap();
        let base_url = "https://logs.example.com".to_owned();
        let mail = Some(LinkMail { mailer, base_url });
        let hand_over = site.hand_over.clone().with_mail(mail);
        Self {
            site,
            server,
            hand_over,
        }
    }

    async fn reveal(&self, number: usize) -> Option<KeyId> {
        let link = self.server.received()[number].link().unwrap();
        let (_, token) = link.rsplit_once('/').unwrap();
        let holder = LinkHolder {
            operations: self.site.operations.clone(),
            prefix: &KeyPrefix::default(),
            alerts: AlertRaising::Listed,
            network: None,
        };
        match holder.reveal(&token.parse().unwrap(), None).await.unwrap() {
            Revealing::Revealed(key) => Some(key.issued.record.id),
            _ => None,
        }
    }

    async fn first(&self) -> KeyId {
        let new = NewKey::for_client(acme());
        let issued = self.hand_over.issue(&acme(), new, None, false).await;
        assert!(issued.unwrap().mailed().is_some());
        assert_eq!(self.site.keys().await.len(), 0);
        self.reveal(0).await.unwrap()
    }

    async fn alerts(&self) -> usize {
        let query = AlertQuery {
            client: None,
            since: Timestamp::clamped(self.site.clock.now() - Duration::days(60)),
            before: None,
            limit: 100,
        };
        let store = &self.site.operations.stores().activity;
        let alerts = store.alerts(&query).await.unwrap();
        let is_undelivered = |alert: &&Alert| alert.kind == AlertKind::Undelivered;
        alerts.iter().filter(is_undelivered).count()
    }
}

#[tokio::test]
async fn the_successor_comes_into_being_and_the_grace_begins_when_it_is_revealed() {
    let mailing = Mailing::new().await;
    let first = mailing.first().await;
    mailing.site.wait(Duration::days(91));
    let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!(report.mailed[0].replaces, Some(first.clone()));
    assert!(report.rotated.is_empty() && report.failed.is_empty());
    let mail = &mailing.server.received()[1];
    assert_eq!(mail.to, "ops@acme.example");
    let text = mail.decoded();
    assert!(text.contains("works for 30 days from the moment"), "{text}");
    assert!(!text.contains("cl_live_"), "no key is in a mail");

    // The timer runs again, and nobody has opened the link.
    mailing.site.wait(Duration::days(2));
    let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert!(report.mailed[0].waiting);
    assert_eq!(mailing.server.received().len(), 2);
    let old = mailing.site.key(&first).await;
    assert_eq!((old.grace_ends_at, old.revoked_at), (None, None));

    let second = mailing.reveal(1).await.unwrap();
    let old = mailing.site.key(&first).await;
    let grace_end = mailing.site.clock.now() + DUE.grace;
    assert_eq!(old.grace_ends_at, Some(grace_end));
    assert_eq!(mailing.site.key(&second).await.replaces, Some(first));
    assert_eq!(mailing.reveal(1).await, None);
    assert_eq!(mailing.alerts().await, 0);
}

#[tokio::test]
async fn a_link_that_nobody_opens_raises_an_alert_and_is_sent_anew() {
    let mailing = Mailing::new().await;
    let first = mailing.first().await;
    mailing.site.wait(Duration::days(91));
    let sent = mailing.hand_over.rotate(&first, USUAL).await.unwrap();
    assert!(!sent.mailed().unwrap().waiting);
    mailing.site.wait(LinkMail::VALID + Duration::DAY);
    let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert!(!report.mailed[0].waiting && report.finished.is_empty());
    assert_eq!(mailing.alerts().await, 1);
    assert_eq!(mailing.server.received().len(), 3);
    assert_eq!(mailing.reveal(1).await, None, "it has expired");
    assert_eq!(mailing.site.key(&first).await.revoked_at, None);
    assert!(mailing.reveal(2).await.is_some());
}

#[tokio::test]
async fn a_mail_that_is_not_sent_leaves_no_link_that_is_good() {
    let mailing = Mailing::new().await;
    let first = mailing.first().await;
    mailing.site.wait(Duration::days(91));
    for (command, trouble) in [
        ("CONNECT", Trouble::Close),
        ("RCPT", Trouble::Answer("550 5.1.1 unknown")),
        (".", Trouble::Answer("451 4.3.0 later")),
        // The answer is lost, and the mail arrives.
        (".", Trouble::Close),
    ] {
        mailing.server.fail(command, trouble);
        let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
        assert_eq!(report.failed[0].code, "not_delivered");
        mailing.server.heal();
    }
    assert_eq!(mailing.reveal(1).await, None);
    let links = RevealLinks::of(&mailing.site.operations).list(None).await;
    let good = links
        .unwrap()
        .links
        .into_iter()
        .filter(|link| link.revealed_at.is_none() && link.withdrawn_at.is_none());
    assert_eq!(good.count(), 0);
    assert_eq!(mailing.alerts().await, 1, "one episode");
    let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!(report.mailed[0].replaces, Some(first));
    assert!(mailing.reveal(2).await.is_some());
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_changed() {
    let mailing = Mailing::new().await;
    let new = NewKey::for_client(acme());
    let refused = mailing
        .site
        .hand_over
        .issue(&acme(), new, None, false)
        .await;
    assert_eq!(refused.unwrap_err().code(), "no_mail");
    let checked = mailing.site.hand_over.check(None).await.unwrap();
    assert!(
        !checked[0].ok
            && checked[0]
                .reason
                .as_ref()
                .unwrap()
                .contains("LOGGER_SMTP_URL")
    );
    assert!(mailing.hand_over.check(None).await.unwrap()[0].ok);
}

#[tokio::test]
async fn a_link_to_a_first_key_is_sent_anew_too() {
    let mailing = Mailing::new().await;
    let new = NewKey::for_client(acme());
    let issued = mailing.hand_over.issue(&acme(), new, None, false).await;
    assert!(issued.unwrap().mailed().is_some());
    let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert!(report.mailed.is_empty(), "it is on its way");
    mailing.site.wait(LinkMail::VALID + Duration::DAY);
    let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert_eq!((report.mailed.len(), mailing.alerts().await), (1, 1));
    assert_eq!(mailing.reveal(0).await, None);
    assert!(mailing.reveal(1).await.is_some());
    mailing.site.wait(LinkMail::VALID + Duration::DAY);
    let report = mailing.hand_over.rotate_due(&DUE, |_, _| {}).await.unwrap();
    assert!(report.mailed.is_empty(), "it was used");
}
