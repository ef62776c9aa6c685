use crate::{
    args::{BackupArgs, RestoreArgs},
    context::Context,
    error::AdminError,
};
use central_logger_database::BackupSummary;

pub(crate) async fn backup(context: &Context<'_>, args: BackupArgs) -> Result<(), AdminError> {
    let settings = context.settings()?;
    if let Some(path) = settings.database_url.file_to_create() {
        let path = path.display();
        let message = format!("there is no database to back up: {path} does not exist");
        return Err(AdminError::Usage(message));
    }
    let backup = settings.database_url.back_up(&args.folder).await?;
    let folder = args.folder.display();
    context.output.result(&backup, || {
        let mut text = format!("Backed up to {folder}: {}", told(&backup));
        if let Some(seal) = &backup.seal {
            text += &format!(
                "\nNote the end of its audit trail elsewhere, for `audit --verify --at-least {}:{seal}`.",
                backup.sequence
            );
        }
        text
    })
}

pub(crate) async fn restore(context: &Context<'_>, args: RestoreArgs) -> Result<(), AdminError> {
    let settings = context.settings()?;
    let backup = settings.database_url.restore(&args.folder).await?;
    let folder = args.folder.display();
    context.output.result(&backup, || {
        format!(
            "Restored from {folder}: {}\nKeys that were revoked since are valid again: revoke them before a \
             server starts. `doctor` checks the database, and `doctor --accept-restore` has servers work with it.",
            told(&backup)
        )
    })
}

fn told(backup: &BackupSummary) -> String {
    let BackupSummary {
        keys,
        entries,
        bytes,
        ..
    } = backup;
    format!("{keys} keys and {entries} entries, {bytes} bytes. Both files were checked.")
}
