//! Permissions of files with secrets or logs in them.

use super::Check;
use central_logger_settings::{Alerting, Listening, Settings};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

const NAME: &str = "permissions";

/// Checks whether other users of this machine may read or write what settings name.
pub(super) fn check(settings: &Settings) -> Check {
    let files = files(settings);
    let mut problems: Vec<_> = files.iter().filter_map(|file| of_file(file)).collect();
    let folders: BTreeSet<_> = files.iter().filter_map(|file| folder(file)).collect();
    problems.extend(folders.iter().filter_map(|folder| of_folder(folder)));
    match problems.is_empty() {
        true => Check::passed(NAME, "other users of this machine cannot read secrets"),
        false => Check::failed(NAME, problems.join("; ")),
    }
}

/// The existing ones, by their real names.
fn files(settings: &Settings) -> BTreeSet<PathBuf> {
    let environment = &settings.environment;
    let mut files = vec![environment.env_file().to_owned()];
    files.extend(settings.pepper_files.iter().cloned());
    files.extend(settings.database_url_file.clone());
    if let Ok(Listening { tls: Some(tls), .. }) = Listening::read(environment) {
        files.push(tls.key.value);
    }
    if let Ok(alerting) = Alerting::read(environment) {
        files.extend(alerting.secret_files);
    }
    files.extend(settings.database_url.files());
    let real = files.iter().filter_map(|file| file.canonicalize().ok());
    // Pipes and devices store nothing.
    real.filter(|file| file.is_file()).collect()
}

fn folder(file: &Path) -> Option<PathBuf> {
    file.parent().map(Path::to_owned)
}

#[cfg(unix)]
fn of_file(file: &Path) -> Option<String> {
    let may = match mode(file)? & 0o006 {
        0 => return None,
        0o002 => "write",
        0o004 => "read",
        _ => "read and write",
    };
    let file = file.display();
    Some(format!("others may {may} {file}: chmod o-rw {file}"))
}

#[cfg(unix)]
fn of_folder(folder: &Path) -> Option<String> {
    let may_write = mode(folder)? & 0o002 != 0;
    let folder = folder.display();
    may_write.then(|| {
        format!(
            "others may put files into {folder}, where files with secrets are: chmod o-w {folder}"
        )
    })
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|metadata| metadata.mode())
}

#[cfg(not(unix))]
fn of_file(_file: &Path) -> Option<String> {
    None
}

#[cfg(not(unix))]
fn of_folder(_folder: &Path) -> Option<String> {
    None
}
