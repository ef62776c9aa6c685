//! Hand-over by mail: not of a key, but of a link at which the key comes into being.

use crate::{HandOver, HandOverError};
use central_logger_key_activity::{AlertKind, AlertRaising, AlertSubject};
use central_logger_key_store::{
    NewKey,
    reveal_link::{LinkedKey, RevealState},
};
use central_logger_keyring::{KeyringError, Rotation};
use central_logger_keys::{ClientId, KeyId};
use central_logger_mail::{MailAddress, Mailer, Template};
use central_logger_operations::OperationError;
use central_logger_reveal_links::{NewRevealLink, RevealLinks};
use serde::Serialize;
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// What sends links, and where they lead.
#[derive(Debug, Clone)]
pub struct LinkMail {
    /// What sends mail.
    pub mailer: Mailer,
    /// Where people reach the server.
    pub base_url: String,
}

/// A link that was mailed. There is no key yet; a key that is to be replaced stays as it is until then.
#[derive(Debug, Clone, Serialize)]
pub struct Mailed {
    /// The public id of the link.
    pub link_id: KeyId,
    /// The client that gets the key.
    pub client_id: ClientId,
    /// The key that it is to replace.
    pub replaces: Option<KeyId>,
    /// The target.
    pub target: String,
    /// The time from which the link is refused.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Whether it was sent before, and nobody has used it yet.
    pub waiting: bool,
}

impl LinkMail {
    /// How long a link is good that is mailed.
    pub const VALID: Duration = Duration::days(7);
}

impl HandOver {
    /// Mails a link to a new key.
    pub(crate) async fn mail_new(
        &self,
        address: &MailAddress,
        client: &ClientId,
        new: NewKey,
    ) -> Result<Mailed, HandOverError> {
        let link = NewRevealLink::for_key(new);
        self.mail(address, client, None, link).await
    }

    /// Mails a link to the successor of a key, unless one is on its way. One that has expired unused raises an
    /// alert, and another is sent.
    pub(crate) async fn mail_successor(
        &self,
        address: &MailAddress,
        client: &ClientId,
        id: &KeyId,
        rotation: Rotation,
    ) -> Result<Mailed, HandOverError> {
        let links = RevealLinks::of(&self.operations).list(Some(client)).await?;
        let mut mailed = links.links.into_iter().filter(|link| {
            let is_of_key = link.replaces.as_ref() == Some(id);
            is_of_key && link.mailed_to.as_deref() == Some(address.as_str())
        });
        // The newest.
        match mailed.next() {
            Some(link) if matches!(link.state, RevealState::Waiting | RevealState::Opened) => {
                return Ok(Mailed {
                    link_id: link.id,
                    client_id: client.clone(),
                    replaces: Some(id.clone()),
                    target: format!("smtp:{address}"),
                    expires_at: link.expires_at,
                    waiting: true,
                });
            }
            Some(link) if link.state == RevealState::Expired => {
                self.tell_unused((&link.id, client), Some(id), address)
                    .await;
            }
            _ => {}
        }
        let link = NewRevealLink::for_successor(id.clone(), rotation);
        self.mail(address, client, Some((id, rotation.grace)), link)
            .await
    }

    /// Sends links to new keys anew that have expired unused, and raises an alert about each. Gives what is on
    /// its way then, or why not.
    pub(crate) async fn mail_unused_anew(
        &self,
    ) -> Result<Vec<(ClientId, Result<Mailed, HandOverError>)>, HandOverError> {
        if self.mail.is_none() {
            return Ok(Vec::new());
        }
        let keys = &self.operations.stores().keys;
        let links = keys.reveal_links(None, usize::MAX).await;
        let links = links.map_err(|error| OperationError::from(KeyringError::from(error)))?;
        let (mut seen, mut anew) = (BTreeSet::new(), Vec::new());
        for link in links {
            let (LinkedKey::New(new), Some(address)) = (&link.key, &link.mailed_to) else {
                continue;
            };
            // The newest of an address tells how it stands.
            let is_newest = seen.insert((link.client_id.clone(), address.clone()));
            if !is_newest || link.state(self.clock.now()) != RevealState::Expired {
                continue;
            }
            let Ok(address) = address.parse() else {
                continue;
            };
            self.tell_unused((&link.id, &link.client_id), None, &address)
                .await;
            let mailed = self.mail_new(&address, &link.client_id, new.clone()).await;
            anew.push((link.client_id.clone(), mailed));
        }
        Ok(anew)
    }

    async fn mail(
        &self,
        address: &MailAddress,
        client: &ClientId,
        replaced: Option<(&KeyId, Duration)>,
        link: NewRevealLink,
    ) -> Result<Mailed, HandOverError> {
        let mail = self.mail.as_ref().ok_or(HandOverError::NoMail)?;
        let links = RevealLinks::of(&self.operations);
        let link = NewRevealLink {
            valid: Some(LinkMail::VALID),
            mailed_to: Some(address.to_string()),
            ..link
        };
        let made = links.make(link, &mail.base_url).await?.result;
        let record = self.operations.client_record(client).await?;
        let name = record.and_then(|record| record.name);
        let until = minute(made.expires_at);
        let mut values = vec![
            ("client", name.as_deref().unwrap_or(client.as_str())),
            ("url", &made.url),
            ("until", &until),
            ("api_url", &self.api_url),
        ];
        let grace = replaced.map(|(_, grace)| in_words(grace));
        let template = match (replaced, &grace) {
            (Some((key, _)), Some(grace)) => {
                values.extend([("key", key.as_str()), ("grace", grace)]);
                Template::SUCCESSOR
            }
            _ => Template::NEW_KEY,
        };
        let letter = template.letter(&values);
        let sent = match letter {
            Ok(letter) => mail.mailer.send(address, &letter).await,
            Err(error) => Err(error),
        };
        if let Err(source) = sent {
            // It may be on its way all the same: the next one is to be the only one that is good.
            drop(links.withdraw(&made.id).await?.not_waiting());
            return Err(HandOverError::NotMailed {
                target: format!("smtp:{address}"),
                source: Box::new(source),
            });
        }
        Ok(Mailed {
            link_id: made.id,
            client_id: client.clone(),
            replaces: replaced.map(|(id, _)| id.clone()),
            target: format!("smtp:{address}"),
            expires_at: made.expires_at,
            waiting: false,
        })
    }

    async fn tell_unused(
        &self,
        (link, client): (&KeyId, &ClientId),
        replaces: Option<&KeyId>,
        address: &MailAddress,
    ) {
        let evidence = format!(
            "nobody has used the reveal link {link} that was mailed to {address}: another one is sent"
        );
        self.alert(client, replaces, evidence).await;
    }

    /// Raises an alert about a key that does not get where it is to go.
    pub(crate) async fn alert(&self, client: &ClientId, key: Option<&KeyId>, evidence: String) {
        if self.alerts == AlertRaising::Off {
            return;
        }
        let subject = AlertSubject {
            client_id: Some(client.clone()),
            key_id: key.cloned(),
            network: None,
        };
        let store = &self.operations.stores().activity;
        let (kind, now) = (AlertKind::Undelivered, self.clock.now());
        self.alerts
            .raise(&**store, kind, subject, now, evidence)
            .await;
    }
}

fn minute(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

/// A duration as people write it, in the largest unit that it is a whole number of.
fn in_words(duration: Duration) -> String {
    let seconds = duration.whole_seconds();
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(length, _)| seconds % length == 0);
    let (length, name) = unit.unwrap_or((1, "second"));
    match seconds / length {
        1 => format!("1 {name}"),
        number => format!("{number} {name}s"),
    }
}
