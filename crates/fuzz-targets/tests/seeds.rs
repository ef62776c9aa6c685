//! Every seed, and all that fuzzing has found so far, on each run of the tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_fuzz_targets::TARGETS;
use std::{collections::BTreeSet, fs, path::PathBuf};

fn fuzz(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(name)
}

/// The names of the files in a directory, without what stands behind a dot.
fn names(directory: &str) -> BTreeSet<String> {
    let files = fs::read_dir(fuzz(directory)).unwrap();
    let name = |file: fs::DirEntry| {
        let path = file.path();
        path.file_stem().unwrap().to_str().unwrap().to_owned()
    };
    files.map(|file| name(file.unwrap())).collect()
}

#[test]
fn every_target_has_a_program_and_seeds() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("seeds"), targets);
}

#[test]
fn every_target_holds_for_its_seeds() {
    for (name, target) in TARGETS {
        let mut seeds = 0;
        for file in fs::read_dir(fuzz("seeds").join(name)).unwrap() {
            let path = file.unwrap().path();
            // Told of when it fails.
            println!("{}", path.display());
            target(&fs::read(path).unwrap());
            seeds += 1;
        }
        assert!(seeds > 2, "{name} has seeds");
    }
}

#[test]
fn every_target_holds_for_nothing_and_for_noise() {
    for (_, target) in TARGETS {
        target(b"");
        for byte in 0..=u8::MAX {
            target(&[byte]);
            target(&[byte; 300]);
        }
    }
}
