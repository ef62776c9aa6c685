//! What is said about incidents.

use crate::{Incident, IncidentChange, IncidentKind, IncidentNews};
use central_logger_text::MessageFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{
    OffsetDateTime, format_description::well_known::Rfc3339, serde::timestamp::milliseconds,
};
use uuid::Uuid;

/// A message about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id, the same at each attempt.
    pub id: String,
    /// What has happened, such as `incident.began`.
    pub r#type: String,
    /// When.
    #[serde(with = "milliseconds")]
    pub at: OffsetDateTime,
    /// The incident; of a flood the first one.
    pub incident: Incident,
    /// How many others it stands for.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub others: usize,
    /// Until when it is held back, since others may come that it stands for, too.
    #[serde(
        with = "milliseconds::option",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub held_until: Option<OffsetDateTime>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Message {
    /// More incidents than this at once, or within a minute, are told of in one message.
    pub(super) const FLOOD: usize = 20;
    const ENDED: &str = "incident.ended";
    const TEST: &str = "incident.test";
    const QUESTION: &str = "channel.question";

    /// The messages about what has happened to incidents: of a flood one, with the number of the others.
    pub fn about(changes: &[&IncidentChange], now: OffsetDateTime) -> Vec<Self> {
        let mut messages: Vec<_> = changes
            .iter()
            .filter_map(|change| Self::of(change, now))
            .collect();
        if messages.len() > Self::FLOOD {
            let others = messages.len() - 1;
            messages.truncate(1);
            messages.iter_mut().for_each(|first| first.others = others);
        }
        messages
    }

    /// A message that tests a channel: its incident never was.
    pub(super) fn test(now: OffsetDateTime) -> Self {
        Self::of_channel(Self::TEST, "test", "somebody tests this channel", now)
    }

    /// A message that asks the receiver whether it wants others.
    pub(super) fn question(now: OffsetDateTime) -> Self {
        Self::of_channel(Self::QUESTION, "question", "a question", now)
    }

    fn of_channel(r#type: &str, suffix: &str, evidence: &str, now: OffsetDateTime) -> Self {
        let id = Uuid::new_v4();
        Self {
            id: format!("{id}-{suffix}"),
            r#type: r#type.to_owned(),
            at: now,
            incident: Incident {
                id,
                kind: IncidentKind::RunFailed,
                workflow: "test".to_owned(),
                environment: "test".to_owned(),
                began_at: now,
                ended_at: Some(now),
                evidence: evidence.to_owned(),
                entry_id: None,
            },
            others: 0,
            held_until: None,
        }
    }

    /// Whether it is held back.
    pub(super) fn is_held(&self, now: OffsetDateTime) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }

    /// Whether it is about the channel itself: somebody waits for it, in quiet hours too.
    pub fn is_of_channel(&self) -> bool {
        self.r#type == Self::TEST || self.is_question()
    }

    /// Whether it asks the receiver whether it wants others.
    pub fn is_question(&self) -> bool {
        self.r#type == Self::QUESTION
    }

    fn of(change: &IncidentChange, now: OffsetDateTime) -> Option<Self> {
        let what = match change.news {
            IncidentNews::Began => "began",
            IncidentNews::Ended => "ended",
            IncidentNews::Explained => return None,
        };
        Some(Self {
            id: format!("{}-{what}", change.incident.id),
            r#type: format!("incident.{what}"),
            at: now,
            incident: change.incident.clone(),
            others: 0,
            held_until: None,
        })
    }

    /// The message as JSON, in the shape that a receiver understands.
    pub fn body(&self, format: MessageFormat) -> Value {
        format.body(&self.text()).unwrap_or_else(|| {
            let mut body = json!({
                "type": self.r#type,
                "timestamp": self.at.format(&Rfc3339).unwrap_or_default(),
                "data": self.incident,
            });
            if self.others > 0 {
                body["others"] = self.others.into();
            }
            body
        })
    }

    /// The message for people, on one line.
    pub fn text(&self) -> String {
        let Incident {
            workflow,
            environment,
            evidence,
            ..
        } = &self.incident;
        let what = self.what();
        let mut text = match self.is_over() {
            true => format!(
                "{workflow} ({environment}): {} {what}: {evidence}",
                self.incident.kind.as_str()
            ),
            false => format!("{workflow} ({environment}) {what}: {evidence}"),
        };
        if self.others > 0 {
            text += &format!(", and {} more", self.others);
        }
        text.chars().filter(|c| !c.is_control()).collect()
    }

    /// What it says, in a few words.
    pub fn subject(&self) -> String {
        let workflow = &self.incident.workflow;
        match self.is_over() {
            true => format!("{workflow}: {} is over", self.incident.kind.as_str()),
            false => format!("{workflow} {}", self.what()),
        }
    }

    fn is_over(&self) -> bool {
        self.r#type == Self::ENDED
    }

    fn what(&self) -> &'static str {
        match self.incident.kind {
            _ if self.is_over() => "is over",
            IncidentKind::RunMissed => "did not run",
            IncidentKind::RunFailed => "failed",
            IncidentKind::RunStuck => "does not end",
        }
    }
}
