use crate::{
    args::ShowArgs,
    context::{Context, key_id},
    error::AdminError,
    text::{alert_line, key_lines, relative_line, usage_line},
};

pub(crate) async fn show(context: &Context<'_>, args: ShowArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let details = context.open().await?.operations.show(&id).await?;
    context.output.result(&details, || {
        let mut lines = key_lines(&details.key);
        let mut add = |name, line: String| lines += &format!("\n{name:<12} {line}");
        if let Some(predecessor) = &details.predecessor {
            add("Replaces", relative_line(predecessor));
        }
        if let Some(successor) = &details.successor {
            add("Replaced by", relative_line(successor));
        }
        if let Some(usage) = &details.usage {
            add("Last 24 h", usage_line(usage));
        }
        for alert in &details.alerts {
            add("Alert", alert_line(alert));
        }
        lines
    })
}
