use super::wait::wait;
use crate::{
    args::{DeliverCommand, SetTargetArgs, TemplateArg},
    context::{Context, Opened},
    error::AdminError,
    handover::base_url,
    text::{client_lines, minute},
};
use central_logger_client_records::{ClientPatch, Patch};
use central_logger_delivery::{Targets, Variables};
use central_logger_hand_over::{
    Delivered, HandOver, HandOverError, LinkMail, Mailed, Outcome, TargetCheck,
};
use central_logger_keys::ClientId;
use central_logger_settings::{mailer, serves_console};
use central_logger_times::SystemClock;
use serde::Serialize;
use std::sync::Arc;
use tokio::time::sleep;

#[derive(Serialize)]
struct Checks {
    targets: Vec<TargetCheck>,
}

pub(crate) async fn deliver(
    context: &Context<'_>,
    command: DeliverCommand,
) -> Result<(), AdminError> {
    match command {
        DeliverCommand::Set(args) => set(context, args).await,
        DeliverCommand::Check { client } => check(context, client.as_ref()).await,
    }
}

async fn set(context: &Context<'_>, args: SetTargetArgs) -> Result<(), AdminError> {
    let deliver = match &args.target.0 {
        None => Patch::Clear,
        Some(target) => {
            let text = target.to_string().parse();
            let text = text.map_err(|error| AdminError::Usage(format!("TARGET {error}")))?;
            Patch::Set(text)
        }
    };
    let patch = ClientPatch {
        deliver,
        deliver_template: match &args.template {
            None => Patch::Keep,
            Some(TemplateArg(None)) => Patch::Clear,
            Some(TemplateArg(Some(template))) => Patch::Set(template.to_string()),
        },
        ..ClientPatch::default()
    };
    let operations = context.open_or_create().await?.operations;
    let set = operations.set_client(&args.client, &patch).await?;
    let waited = wait(context, set.everywhere(), &args.wait).await?;
    let text = format!("{}\n{waited}", client_lines(&set.result));
    let audit = set.audit;
    let applied = set.waited(waited.duration());
    context.output.change(audit, &applied, || text)
}

async fn check(context: &Context<'_>, client: Option<&ClientId>) -> Result<(), AdminError> {
    let opened = context.open().await?;
    let targets = hand_over(&opened)?.check(client).await?;
    let failed = targets.iter().filter(|check| !check.ok).count();
    let total = targets.len();
    let checks = Checks { targets };
    context.output.result(&checks, || {
        let lines = checks.targets.iter().map(line);
        match total {
            0 => "No client has a target.".to_owned(),
            _ => lines.collect::<Vec<_>>().join("\n"),
        }
    })?;
    match failed {
        0 => Ok(()),
        failed => Err(AdminError::Unreachable(failed, total)),
    }
}

fn line(check: &TargetCheck) -> String {
    let (client, target) = (&check.client_id, &check.target);
    match &check.reason {
        None => format!("ok    {client}: {target}"),
        Some(reason) => format!("FAIL  {client}: {target}: {reason}"),
    }
}

/// Hands keys over with the credentials of this machine.
pub(super) fn hand_over(opened: &Opened) -> Result<HandOver, AdminError> {
    let clock = Arc::new(SystemClock);
    let targets = Targets::new(Variables::of_process(), clock.clone());
    let base_url = base_url(&opened.settings)?;
    let api_url = format!("{base_url}/api/v1/logs");
    let environment = &opened.settings.environment;
    // Nobody could open a link of a server without pages.
    let mailer = match serves_console(environment)? {
        true => mailer(environment)?,
        false => None,
    };
    let hand_over = HandOver::new(
        opened.operations.clone(),
        Arc::new(targets),
        clock,
        opened.settings.key_prefix.clone(),
        api_url,
    );
    Ok(hand_over.with_mail(mailer.map(|mailer| LinkMail { mailer, base_url })))
}

/// Hands over, and waits until it can be told that an interrupted run is not at it any more.
pub(super) async fn patiently(
    context: &Context<'_>,
    hand_over: impl AsyncFn() -> Result<Outcome, HandOverError>,
) -> Result<Outcome, AdminError> {
    loop {
        match hand_over().await {
            Err(HandOverError::UnderWay { key_id, until }) => {
                let left = (until - context.now()).unsigned_abs();
                context.output.remark(&format!(
                    "Another run may be handing over {key_id}: waiting {} s until that is over …",
                    left.as_secs() + 1
                ));
                sleep(left).await;
            }
            other => return Ok(other?),
        }
    }
}

/// Writes that a key is where it was to go, or a link on its way.
pub(super) fn report(context: &Context<'_>, outcome: &Outcome) -> Result<(), AdminError> {
    context.output.result(outcome, || match outcome {
        Outcome::Delivered(delivered) => delivered_line(delivered),
        Outcome::Mailed(mailed) => mailed_line(mailed),
    })
}

fn delivered_line(delivered: &Delivered) -> String {
    let (id, target) = (&delivered.key_id, &delivered.target);
    match (&delivered.replaces, delivered.old_expires_at) {
        (Some(old), Some(end)) => {
            let end = minute(end);
            format!("Handed over {id} to {target} in place of {old}, which ends {end}.")
        }
        _ => format!("Handed over {id} to {target}."),
    }
}

pub(super) fn mailed_line(mailed: &Mailed) -> String {
    let (id, target, end) = (&mailed.link_id, &mailed.target, minute(mailed.expires_at));
    let is = match mailed.waiting {
        true => "was mailed before",
        false => "was mailed",
    };
    let there = match &mailed.replaces {
        Some(old) => format!("{old} stays as it is until somebody opens it"),
        None => "there is no key until somebody opens it".to_owned(),
    };
    format!("The reveal link {id} {is} to {target}: {there}, until {end}.")
}
