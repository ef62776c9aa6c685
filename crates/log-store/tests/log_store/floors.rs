//! No module of a crate imports from one that stands below it in `lib.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules of a crate, from the lowest one up.
fn floors(lib: &str) -> Vec<&str> {
    let declared = |line| {
        str::strip_suffix(line, ";")?
            .trim_start_matches("pub ")
            .strip_prefix("mod ")
    };
    lib.lines().filter_map(declared).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

/// The modules that a source takes something from by `crate::`, outside of comments and macros.
fn imports(source: &str) -> Vec<&str> {
    let lines = source.split_inclusive('\n');
    let is_code = |line: &&str| !line.trim_start().starts_with("//") && !line.contains("$crate");
    let in_line = |line: &&str| line.contains("crate::");
    let starts = lines.filter(is_code).filter(in_line).flat_map(|line| {
        let line_start = line.as_ptr() as usize - source.as_ptr() as usize;
        let found = line.match_indices("crate::");
        found.map(move |(at, found)| line_start + at + found.len())
    });
    starts.flat_map(|start| modules(&source[start..])).collect()
}

/// The first names of a path, or of each path in a group.
fn modules(path: &str) -> Vec<&str> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let (mut names, mut depth, mut begins) = (Vec::new(), 1, true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' => begins = depth == 1,
            _ if begins && !character.is_whitespace() => {
                names.push(name(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

fn name(path: &str) -> &str {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let end = path.find(|character| !is_part(character));
    &path[..end.unwrap_or(path.len())]
}

#[test]
fn no_module_imports_upwards() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(src.join("lib.rs")).unwrap();
    let floors = floors(&lib);
    let floor = |module: &str| {
        let floor = floors.iter().position(|floor| *floor == module);
        floor.unwrap_or_else(|| panic!("`{module}` is no module: take it from its own"))
    };
    assert!(floors.len() > 3);
    for path in files(&src) {
        let relative = path.strip_prefix(&src).unwrap().with_extension("");
        let module = relative.iter().next().unwrap().to_str().unwrap();
        if module == "lib" {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        // Macros stand in no module.
        let imports = imports(&source).into_iter();
        for import in imports.filter(|import| !import.starts_with("__")) {
            assert!(
                floor(import) <= floor(module),
                "{} imports `{import}`, which stands above `{module}`",
                path.display()
            );
        }
    }
}

#[test]
fn imports_are_found_in_all_forms() {
    let source = "use crate::{\n    a::{B, c::D},\n    e,\n};\nuse crate::f::G;\n/// [`crate::x`]\ncrate::h::i();";
    assert_eq!(imports(source), ["a", "e", "f", "h"]);
}
