use crate::{
    args::AuditArgs,
    context::Context,
    error::AdminError,
    text::{audit_table, verdict},
};

pub(crate) async fn audit(context: &Context<'_>, args: AuditArgs) -> Result<(), AdminError> {
    let operations = context.open().await?.operations;
    if args.verify {
        let noted = args.at_least.map(|noted| noted.0);
        let verified = operations.verify_audit(noted).await?;
        let report = &verified.report;
        let output = context.output;
        output.result(&verified, || verdict(report, noted.is_some()))?;
        return match report.faults.len() {
            0 => Ok(()),
            faults => Err(AdminError::AuditFaults(faults)),
        };
    }
    let trail = operations.audit(args.since.before(context.now())).await?;
    let output = context.output;
    output.result(&trail, || match trail.entries.is_empty() {
        true => "No entries.".to_owned(),
        false => audit_table(&trail.entries),
    })
}
