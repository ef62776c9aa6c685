//! Texts as they were reviewed, in `snapshots/`. `INSTA_UPDATE=always cargo test -p central-logger-admin`
//! writes them anew, and the difference is reviewed with the change.

/// Compares a text with the reviewed one of that name.
///
/// # Panics
/// When they differ.
#[track_caller]
pub(crate) fn assert_text(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
