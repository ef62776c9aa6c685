use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::str::FromStr;

/// The shape of messages to other services.
///
/// # Examples
///
/// ```
/// use central_logger_text::MessageFormat;
/// use serde_json::json;
///
/// let slack: MessageFormat = "slack".parse()?;
/// assert_eq!(slack.body("backup <failed>"), Some(json!({"text": "backup &lt;failed&gt;"})));
/// assert_eq!(MessageFormat::Standard.body("backup failed"), None);
/// # Ok::<(), central_logger_text::InvalidMessageFormat>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageFormat {
    /// That of Standard Webhooks.
    #[default]
    Standard,
    /// That of incoming webhooks of Slack.
    Slack,
    /// That of workflows of Microsoft Teams.
    Teams,
    /// That of webhooks of Discord.
    Discord,
}

/// A text that is no [`MessageFormat`].
///
/// # Examples
///
/// ```
/// use central_logger_text::{InvalidMessageFormat, MessageFormat};
///
/// assert_eq!("irc".parse::<MessageFormat>(), Err(InvalidMessageFormat));
/// assert_eq!(InvalidMessageFormat.to_string(), "must be standard, slack, teams or discord");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be standard, slack, teams or discord")]
pub struct InvalidMessageFormat;

impl MessageFormat {
    /// A text for people as JSON, in the shape that the service understands; nothing for programs, which get more
    /// than a text. It mentions nobody, and nothing in it is markup.
    pub fn body(self, text: &str) -> Option<Value> {
        match self {
            Self::Standard => None,
            // What stands between angle brackets and ampersands would be read as markup.
            Self::Slack => Some(json!({"text": escaped(text)})),
            Self::Teams => Some(json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        "body": [{"type": "TextBlock", "text": text, "wrap": true}],
                    },
                }],
            })),
            Self::Discord => Some(json!({
                "content": text.chars().take(2000).collect::<String>(),
                "allowed_mentions": {"parse": []},
            })),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

impl FromStr for MessageFormat {
    type Err = InvalidMessageFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "standard" => Ok(Self::Standard),
            "slack" => Ok(Self::Slack),
            "teams" => Ok(Self::Teams),
            "discord" => Ok(Self::Discord),
            _ => Err(InvalidMessageFormat),
        }
    }
}
