use crate::{args::DoctorArgs, context::Context, error::AdminError, text::check_lines};
use central_logger_doctor::{DiagnosisOptions, diagnose};
use central_logger_settings::Settings;

pub(crate) async fn doctor(context: &Context<'_>, args: DoctorArgs) -> Result<(), AdminError> {
    if args.accept_restore {
        return accept_restore(context).await;
    }
    let options = DiagnosisOptions {
        accept_clock: args.accept_clock,
        deep: args.deep,
    };
    let settings = context.flags.environment().and_then(Settings::read);
    let diagnosis = diagnose(&settings, options).await;
    let checks = &diagnosis.checks;
    context.output.result(&diagnosis, || check_lines(checks))?;
    match diagnosis.failures() {
        0 => Ok(()),
        failures => Err(AdminError::Unhealthy(failures, checks.len())),
    }
}

async fn accept_restore(context: &Context<'_>) -> Result<(), AdminError> {
    let operations = context.open().await?.operations;
    let accepted = operations.accept_restore().await?;
    context.output.change(accepted.audit, &accepted, || {
        "Acknowledged that the database was set back. Servers will be ready again in a moment."
            .to_owned()
    })
}
