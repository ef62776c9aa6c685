use super::wait::wait;
use crate::{
    args::ImportArgs,
    context::Context,
    error::{ALLOW_WEAK, AdminError},
    hash_table,
    progress::Progress,
    table::table,
};
use central_logger_keys::KeyId;
use central_logger_operations::keys::{Import, ImportOptions, ImportOutcome, ImportedKey};
use central_logger_settings::Settings;

pub(crate) async fn import(context: &Context<'_>, args: ImportArgs) -> Result<(), AdminError> {
    let imports = match &args.hashes {
        Some(path) => {
            hash_table::read(path).map_err(|error| AdminError::Hashes(path.clone(), error))?
        }
        None => static_keys(&context.settings()?)?,
    };
    let operations = match args.dry_run {
        true => context.open().await?.operations,
        false => context.open_or_create().await?.operations,
    };
    let options = ImportOptions {
        allow_weak: args.allow_weak,
        dry_run: args.dry_run,
    };
    let mut progress = Progress::new(context.output);
    let progress = |done, total| progress.tell(done, total);
    let mut imported = operations.import(imports, options, progress).await?;
    if !args.dry_run {
        wait(context, imported.everywhere(), &args.wait).await?;
    }
    for key in &mut imported.result.keys {
        if let (true, Some(reason)) = (key.is_too_weak, &mut key.reason) {
            *reason += ALLOW_WEAK;
        }
    }
    let keys = &imported.result.keys;
    let refused = keys.iter().filter(|key| is_refused(key)).count();
    context
        .output
        .change(imported.audit, &imported, || match keys.is_empty() {
            true => "There are no keys to import.".to_owned(),
            false => table(["CLIENT", "KEY ID", "OUTCOME", ""], keys.iter().map(row)),
        })?;
    match refused {
        0 => Ok(()),
        _ => Err(AdminError::NotImported(refused, keys.len())),
    }
}

fn static_keys(settings: &Settings) -> Result<Vec<Import>, AdminError> {
    let api_keys = settings.environment.api_keys()?;
    let imports = api_keys.into_iter().map(|(key, client_id)| Import {
        key: key.into(),
        client_id,
        note: None,
    });
    Ok(imports.collect())
}

fn is_refused(key: &ImportedKey) -> bool {
    key.outcome == ImportOutcome::Refused
}

fn row(key: &ImportedKey) -> [String; 4] {
    [
        key.client_id.to_string(),
        key.key_id
            .as_ref()
            .map_or_else(String::new, KeyId::to_string),
        key.outcome.to_string(),
        key.reason.clone().unwrap_or_default(),
    ]
}
