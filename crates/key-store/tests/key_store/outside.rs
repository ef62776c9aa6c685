//! The conformance checks, run one by one from a crate outside the workspace.

use std::{fs, path::Path, process::Command};

#[test]
fn a_crate_outside_the_workspace_runs_checks_one_by_one() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (workspace, outside) = (here.join("../.."), here.join("tests/outside"));
    // The versions that are there already, so that nothing is fetched.
    fs::copy(workspace.join("Cargo.lock"), outside.join("Cargo.lock")).unwrap();
    let run = |check: &str| {
        let done = Command::new(env!("CARGO"))
            .args(["test", "--offline", "--quiet", "--manifest-path"])
            .arg(outside.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(workspace.join("target/outside"))
            .args(["--test", "checks", "--", "--exact", check])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let complained = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}{complained}");
        said
    };
    for check in [
        "keys::refuses_an_id_that_exists",
        "retention::keeps_terms_until_they_are_changed",
        "usage::adds_up_what_was_counted",
        "alerts::notes_who_saw_an_alert_first",
    ] {
        let said = run(check);
        assert!(said.contains("1 passed"), "{check}: {said}");
    }
}
