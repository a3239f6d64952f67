use std::collections::BTreeSet;
use std::process::Command;

use system_tests::program;

use super::{file, root};

/// The instructions, each with what it is given, continued lines joined.
fn instructions() -> Vec<(String, String)> {
    let text = file("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            line.split_once(' ').map(|(name, rest)| (name.to_owned(), rest.trim().to_owned())).unwrap()
        })
        .collect()
}

fn given<'a>(instructions: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    instructions.iter().filter(|(found, _)| found == name).map(|(_, given)| given.as_str()).collect()
}

#[test]
fn it_is_built_in_one_image_and_runs_in_another_as_nobody() {
    let instructions = instructions();
    let images = given(&instructions, "FROM");
    assert_eq!(images.len(), 2);
    for image in &images {
        let tag = image.split(' ').next().unwrap().split_once(':').unwrap().1;
        assert!(tag.starts_with(|first: char| first.is_ascii_digit()) && tag.contains('.'), "{image}");
    }
    let last = instructions.iter().rposition(|(name, _)| name == "FROM").unwrap();
    let runs = &instructions[last..];
    assert_eq!(given(runs, "USER"), ["65532:65532"]);
    let user = runs.iter().position(|(name, _)| name == "USER").unwrap();
    assert!(runs[user..].iter().all(|(name, _)| name == "USER" || name == "CMD"), "who comes after nobody?");
    // The Rust that is asked for is the one that the workspace needs.
    let needed = file("Cargo.toml");
    let needed = needed.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    assert!(images[0].starts_with(&format!("rust:{}", needed.trim_matches('"'))), "{}", images[0]);
}

#[test]
fn it_has_every_program_and_each_is_built() {
    let instructions = instructions();
    let copied = given(&instructions, "COPY").into_iter().find(|given| given.contains("/programs/")).unwrap();
    let copied: BTreeSet<&str> =
        copied.split_whitespace().filter_map(|part| part.strip_prefix("/programs/")).collect();
    assert_eq!(copied, BTreeSet::from(["citas", "command-api", "projector", "query-api"]));
    let run = given(&instructions, "RUN").concat();
    for name in copied {
        assert!(
            run.contains(&format!("--package {name}")) && run.contains(&format!("target/production/{name}"))
        );
        assert!(program(name).is_file());
    }
}

/// What the image asks itself is an option that the program has.
#[test]
fn its_health_is_asked_by_a_program_that_is_in_it() {
    let instructions = instructions();
    let [asked] = given(&instructions, "HEALTHCHECK")[..] else { panic!("one health check") };
    let asked: Vec<String> = serde_json::from_str(asked.split_once("CMD ").unwrap().1).unwrap();
    let (name, arguments) = asked.split_first().unwrap();
    let answered =
        Command::new(program(name)).env_clear().env("CITAS_LISTEN", "127.0.0.1:1").args(arguments).output();
    let answered = answered.unwrap();
    let said = String::from_utf8(answered.stdout).unwrap();
    assert_eq!(answered.status.code(), Some(1), "{said}");
    assert!(said.contains("nothing answers on 127.0.0.1:1"), "{said}");
}

/// Whether `.dockerignore` lets a path through, as far as its patterns go here.
fn is_sent(path: &str, patterns: &[&str]) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let matches = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() <= parts.len()
            && pattern.iter().zip(&parts).all(|(pattern, part)| *pattern == "*" || pattern == part)
    };
    patterns.iter().fold(true, |sent, pattern| match pattern.strip_prefix('!') {
        Some(pattern) => sent || matches(pattern),
        None => sent && !matches(pattern),
    })
}

/// With what is sent to the engine alone, cargo knows the workspace and every file that is built in.
#[test]
fn what_is_sent_to_the_engine_is_a_workspace() {
    let ignored = file(".dockerignore");
    let patterns: Vec<&str> =
        ignored.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let listed = Command::new("git").current_dir(root()).args(["ls-files", "-z"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut sent = BTreeSet::new();
    for path in listed.split_terminator('\0').filter(|path| is_sent(path, &patterns)) {
        let (from, to) = (root().join(path), folder.path().join(path));
        if from.is_file() {
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(from, to).unwrap();
            sent.insert(path);
        }
    }
    for needed in [
        "Cargo.lock",
        "citas/src/main.rs",
        "event-store-protocol/build.rs",
        "event-store-protocol/proto/streams.proto",
    ] {
        assert!(sent.contains(needed), "{needed}");
    }
    for kept in [".env.example", "README.md", "docker-compose.yml", "scripts/test"] {
        assert!(!sent.contains(kept), "{kept}");
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let known = Command::new(cargo)
        .current_dir(folder.path())
        .args(["metadata", "--locked", "--offline", "--no-deps", "--format-version=1"])
        .output()
        .unwrap();
    assert!(known.status.success(), "{}", String::from_utf8_lossy(&known.stderr));
}
