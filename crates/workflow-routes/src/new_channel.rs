//! What a body says of a channel that is to be made.

use central_logger_http_api::{Members, Problem, text};
use central_logger_workflow_channels::{NewChannel, NewTarget};
use central_logger_workflows::channel::{ChannelSubject, InvalidQuietHours, QuietHours};

/// Reads a channel that is to be made.
///
/// # Errors
/// When there can be no such channel.
pub fn new_channel(mut members: Members) -> Result<NewChannel, Problem> {
    let target = target(&mut members);
    let environment = members.take("environment", text);
    let most = ChannelSubject::MOST_WORKFLOWS;
    let workflows = members.list("workflows", most).flatten();
    let quiet_hours = members.object("quiet_hours", quiet_hours).flatten();
    members.finish()?;
    Ok(NewChannel {
        // Without one there was a fault.
        target: target.ok_or_else(|| Problem::faulty_members(Default::default()))?,
        about: ChannelSubject {
            environment,
            workflows: workflows.unwrap_or_default(),
        },
        quiet_hours: quiet_hours.flatten(),
    })
}

fn target(members: &mut Members) -> Option<NewTarget> {
    let kind = members.need("kind", text::<String>)?;
    match kind.as_str() {
        "webhook" => {
            let url = members.need("url", text);
            let format = members.take("format", text).unwrap_or_default();
            Some(NewTarget::Webhook { url: url?, format })
        }
        "mail" => Some(NewTarget::Mail {
            address: members.need("address", text)?,
        }),
        _ => {
            members.fault("kind", "must be webhook or mail");
            None
        }
    }
}

fn quiet_hours(members: &mut Members) -> Option<QuietHours> {
    let from = members.need("from", text::<String>);
    let to = members.need("to", text::<String>);
    let zone = members.take("time_zone", text::<String>);
    let zone = zone.as_deref().unwrap_or("UTC");
    let hours = QuietHours::new(&from?, &to?, zone);
    let fault = |error: InvalidQuietHours| {
        let name = match error {
            InvalidQuietHours::Time(name) => name,
            InvalidQuietHours::Zone(_) => "time_zone",
            _ => "to",
        };
        members.fault(name, error.to_string());
    };
    hours.map_err(fault).ok()
}
