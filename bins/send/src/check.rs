//! Testing the settings.

use crate::{args::CheckArgs, error::SendError, settings::Settings};
use central_logger_text::shown;
use serde::Serialize;
use std::{
    fs::{self, DirBuilder},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
    process::ExitCode,
};

#[derive(Serialize)]
struct Checks {
    ok: bool,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// What was found, or what to fix.
    detail: String,
}

impl Check {
    fn of(name: &'static str, result: Result<String, String>) -> Self {
        let ok = result.is_ok();
        let detail = result.unwrap_or_else(|advice| advice);
        Self { name, ok, detail }
    }
}

/// Prints what was found. Fails when something is wrong.
pub(crate) fn check(settings: &Settings, args: &CheckArgs) -> ExitCode {
    let found = settings.builder().check();
    let mut checks: Vec<_> = found
        .into_iter()
        .map(|check| Check::of(check.name, check.result))
        .collect();
    match &settings.spool_dir {
        Some(folder) => checks.push(Check::of("spool", spool(folder))),
        None if settings.lacks_folder() => {
            checks.push(Check::of("spool", Err(SendError::NoHome.to_string())));
        }
        None => {}
    }
    let ok = checks.iter().all(|check| check.ok);
    let printed = print(&Checks { ok, checks }, args.json);
    if ok && printed.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print(checks: &Checks, json: bool) -> io::Result<()> {
    let mut output = io::stdout().lock();
    if json {
        return writeln!(output, "{}", serde_json::to_string(checks)?);
    }
    for Check { name, ok, detail } in &checks.checks {
        let mark = if *ok { "ok  " } else { "FAIL" };
        writeln!(output, "{mark}  {name:<8} {}", shown(detail))?;
    }
    Ok(())
}

/// Whether entries can be kept in the folder, and how many files of them wait.
fn spool(folder: &Path) -> Result<String, String> {
    let shown = folder.display();
    let advice = |error| {
        format!(
            "{shown} cannot be written ({error}): give --spool-dir FOLDER or fix its permissions"
        )
    };
    // As the client makes it: what entries say is for this user alone.
    let mut builder = DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(folder);
    made.map_err(advice)?;
    let probe = folder.join(format!("check-{}", std::process::id()));
    fs::write(&probe, "").map_err(advice)?;
    fs::remove_file(&probe).map_err(advice)?;
    let files = fs::read_dir(folder).map_err(advice)?.flatten();
    let is_segment = |file: &fs::DirEntry| {
        file.path()
            .extension()
            .is_some_and(|extension| extension == "spool")
    };
    match files.filter(is_segment).count() {
        0 => Ok(format!("{shown}, nothing waits")),
        count => Ok(format!("{shown}, {count} files wait for their delivery")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_folder_is_made_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let spool_dir = folder.path().join("state/central-logger");
        let found = spool(&spool_dir).unwrap();
        assert!(found.ends_with("nothing waits"), "{found}");
        let mode = fs::metadata(&spool_dir).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
