//! The commands of `docs/guide.md` do what the guide says.

use crate::{process::Server, site::Site};
use std::{
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Output},
};

/// A fenced block: its language and its lines.
pub(crate) type Block = (String, String);

#[test]
fn the_guide_tells_what_happens() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide.md");
    let blocks = blocks(&fs::read_to_string(guide).unwrap());
    let site = Site::on_sqlite();
    let mut server: Option<Server> = None;
    site.write("variables", "");
    let mut commands = 0;
    for (place, (language, text)) in blocks.iter().enumerate() {
        match &**language {
            "bash" => {
                assert_eq!(text.trim(), "central-logger");
                server = Some(site.start());
            }
            "sh" => {
                let url = server.as_ref().map_or("", |server| &server.url);
                let script = text.replace("http://localhost:8000", url);
                let output = run(&site, &format!(". ./variables\n{script}{}", keep(&script)));
                let told = String::from_utf8(output.stdout).unwrap();
                let failed = String::from_utf8(output.stderr).unwrap();
                assert!(output.status.success(), "{script}\n{told}\n{failed}");
                if let Some((language, expected)) = blocks.get(place + 1)
                    && language == "text"
                {
                    assert_tells(&told, expected);
                }
                commands += 1;
            }
            _ => {}
        }
    }
    assert!(commands > 10, "the guide was read");
}

/// What carries the variables that a script sets over to the next one.
fn keep(script: &str) -> String {
    let names = script.lines().filter_map(|line| line.split_once("=$("));
    names.fold(String::new(), |keep, (name, _)| {
        format!("{keep}echo \"{name}='${name}'\" >> variables\n")
    })
}

/// The fenced blocks of a document.
pub(crate) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in markdown.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, text)), None) => writeln!(text, "{line}").unwrap(),
            (None, None) => {}
        }
    }
    blocks
}

pub(crate) fn run(site: &Site, script: &str) -> Output {
    let admin = site.admin_command();
    let programs = Path::new(admin.get_program()).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", script]).current_dir(site.path(""));
    for (name, value) in admin.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let path = format!("{}:{path}", programs.display());
    shell.env("PATH", path).output().unwrap()
}

/// Every expected line is there; `…` stands for anything.
pub(crate) fn assert_tells(told: &str, expected: &str) {
    for line in expected.lines() {
        let parts: Vec<_> = line.split('…').collect();
        let fits = |told: &str| {
            let mut rest = told;
            parts.iter().all(|part| {
                let found = rest.find(part);
                rest = found.map_or("", |at| &rest[at + part.len()..]);
                found.is_some()
            })
        };
        assert!(told.lines().any(fits), "{line}\nis not in\n{told}");
    }
}
