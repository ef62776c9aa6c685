//! Taking over segments whose process has ended.

use super::{
    name::SegmentName,
    owner::Owner,
    record::{Head, head},
    segment::{Segment, beginning, is_older_than, touch},
};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    path::Path,
};

/// Without a sign of life for as many seconds, a process that cannot be asked counts as gone.
const FORGOTTEN: u64 = 60;

/// What a look at the folder has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) taken: Vec<Segment>,
    /// The names of segments of a newer version.
    pub(super) unknown: Vec<String>,
}

/// Takes over the segments that are free. `is_held` tells which ones this client holds already.
pub(super) fn take_over(
    folder: &Path,
    this: Owner,
    is_held: impl Fn(&SegmentName) -> bool,
) -> Found {
    let mut found = Found::default();
    let mut gone = HashMap::new();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<SegmentName>().ok());
        let Some(name) = name.filter(|name| !is_held(name)) else {
            continue;
        };
        let is_gone = *gone
            .entry(name.owner())
            .or_insert_with_key(|owner| owner.is_gone(this));
        take_one(folder, &name, this, is_gone, &mut found);
    }
    found
}

fn take_one(folder: &Path, name: &SegmentName, this: Owner, is_gone: bool, found: &mut Found) {
    let path = folder.join(name.to_string());
    // A closed client of this same process leaves segments that only their lock tells apart.
    let may_be_free = is_gone || name.owner() == this || is_older_than(&path, FORGOTTEN);
    if !may_be_free {
        return;
    }
    let Ok(file) = OpenOptions::new().read(true).append(true).open(&path) else {
        return;
    };
    let is_locked = file.try_lock().is_err();
    if is_locked && !is_gone {
        return;
    }
    match beginning(&file).map(|beginning| head(&beginning)) {
        Ok(Head::Ours | Head::Cut) => found.taken.extend(rename(folder, name, this, file)),
        Ok(Head::Unknown) => found.unknown.push(name.to_string()),
        Err(_) => {}
    }
}

/// Whoever renames it first has it.
fn rename(folder: &Path, name: &SegmentName, this: Owner, file: File) -> Option<Segment> {
    let ours = name.owned_by(this);
    // An old file would be free for the next one at once.
    touch(&file);
    fs::rename(folder.join(name.to_string()), folder.join(ours.to_string())).ok()?;
    Segment::taken(folder, ours, file).ok()
}
