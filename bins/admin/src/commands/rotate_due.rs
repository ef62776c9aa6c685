use super::deliver::{hand_over, mailed_line};
use crate::{
    args::RotateArgs, context::Context, error::AdminError, progress::Progress, text::minute,
};
use central_logger_hand_over::{DueReport, DueRotation, Left};
use central_logger_keys::ClientId;

pub(super) async fn rotate_due(context: &Context<'_>, args: &RotateArgs) -> Result<(), AdminError> {
    let Some(age) = args.due else {
        return Err(AdminError::Usage("name a KEY_ID or --due AGE".to_owned()));
    };
    let due = DueRotation {
        age: age.0,
        grace: args.grace(),
        finish_idle: args.finish_idle.map(|idle| idle.0),
    };
    let hand_over = hand_over(&context.open().await?)?;
    let mut progress = Progress::new(context.output);
    let rotated = hand_over.rotate_due(&due, |done, total| progress.tell(done, total));
    let report = rotated.await?;
    context.output.result(&report, || text(&report))?;
    match report.failed.len() {
        0 => Ok(()),
        failed => Err(AdminError::NotHandedOver(failed)),
    }
}

fn text(report: &DueReport) -> String {
    let rotated = report.rotated.iter().map(|key| {
        let (id, target) = (&key.key_id, &key.target);
        match (&key.replaces, key.old_expires_at) {
            (Some(old), Some(end)) => {
                format!(
                    "Rotated   {old}, valid until {}: {id} is in {target}",
                    minute(end)
                )
            }
            _ => format!("Delivered {id} is in {target}"),
        }
    });
    let mailed = report.mailed.iter().map(mailed_line);
    let finished = report.finished.iter();
    let finished = finished.map(|id| format!("Finished  {id}: its successor is in use"));
    let skipped = report
        .skipped
        .iter()
        .map(|left| left_line("Skipped  ", left));
    let failed = report
        .failed
        .iter()
        .map(|left| left_line("Failed   ", left));
    let lines: Vec<_> = rotated
        .chain(mailed)
        .chain(finished)
        .chain(skipped)
        .chain(failed)
        .collect();
    match lines.is_empty() {
        true => "No keys are due.".to_owned(),
        false => lines.join("\n"),
    }
}

fn left_line(what: &str, left: &Left) -> String {
    let client = left.client_id.as_ref().map_or("-", ClientId::as_str);
    format!("{what} {} of {client}: {}", left.key_id, left.message)
}
