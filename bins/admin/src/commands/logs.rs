use crate::{
    args::LogsCommand,
    context::{Context, Opened},
    error::AdminError,
};
use central_logger_block_store::{Sealed, Sealer};
use central_logger_database::OpenOptions;
use central_logger_keys::ClientId;

pub(crate) async fn logs(context: &Context<'_>, command: LogsCommand) -> Result<(), AdminError> {
    match command {
        LogsCommand::Seal { client } => seal(context, client).await,
    }
}

async fn seal(context: &Context<'_>, client: Option<ClientId>) -> Result<(), AdminError> {
    let settings = context.settings()?;
    let database = settings.open_database(&OpenOptions::default()).await?;
    let sealed = match database.block_store() {
        Some(store) => {
            let operations = Opened::new(&*database, settings).operations;
            let sealer = Sealer::new(store);
            operations.seal_logs(&sealer, client.as_ref()).await?
        }
        None => Sealed::default(),
    };
    if sealed.is_too_early {
        context.output.remark(
            "A server is running, or was a moment ago, whose version is older than blocks: nothing can \
             be sealed until it is upgraded.",
        );
    }
    context.output.result(&sealed, || {
        let Sealed {
            sealed,
            blocks,
            bytes_before,
            bytes_after,
            ..
        } = sealed;
        format!("Sealed {sealed} entries: {blocks} blocks, {bytes_before} bytes of text in {bytes_after} bytes.")
    })
}
