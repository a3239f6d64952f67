//! Checks that documents point at existing things: links, files, and the definitions in the index of `ARCHITECTURE.md`.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::assert_none;
use crate::sources::code_lines;
use crate::workspace::{text, tracked_files};

const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// About ten minutes of reading.
const MAX_ARCHITECTURE_LINES: usize = 160;
/// The heading of the index: files, each followed by names that it defines.
const INDEX: &str = "## I want to change…";

/// Extensions by which a code span is a file even without a folder.
const EXTENSIONS: &[&str] = &["json", "md", "proto", "rs", "sql", "toml", "yml"];

/// The keywords before a defined name.
const DEFINING: &[&str] =
    &["fn", "struct", "enum", "trait", "const", "static", "type", "mod", "macro_rules!", "CREATE TABLE"];

/// The tracked files and their folders.
struct Tree(BTreeSet<PathBuf>);

impl Tree {
    fn tracked() -> Self {
        Self(tracked_files().iter().flat_map(|file| file.ancestors().map(Path::to_owned)).collect())
    }

    fn has(&self, path: &Path) -> bool {
        self.0.contains(path)
    }

    /// Whether this path exists, from the root or as the end of a longer one.
    fn has_ending(&self, path: &Path) -> bool {
        self.has(path) || self.0.iter().any(|one| one.ends_with(path))
    }

    /// Whether a code span reads as a path of the repository: it ends like a file or a folder, or begins with a name at
    /// the root.
    fn is_path(&self, code: &str) -> bool {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
        if code.starts_with('/') || code.contains("//") || !code.bytes().all(is_letter) {
            return false;
        }
        let path = Path::new(code);
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_file = extension.is_some_and(|extension| EXTENSIONS.contains(&extension));
        let is_folder = code.len() > 1 && code.ends_with('/');
        let is_from_root =
            code.contains('/') && path.components().next().is_some_and(|first| self.has(first.as_ref()));
        is_file || is_folder || is_from_root
    }
}

/// A document in Markdown.
struct Document {
    file: PathBuf,
    /// The text with empty lines in place of fenced blocks.
    prose: String,
}

impl Document {
    fn read(file: &Path) -> Option<Self> {
        Some(Self { file: file.to_owned(), prose: without_fences(&text(file)?) })
    }

    fn all() -> Vec<Self> {
        let files = tracked_files().into_iter();
        let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "md"));
        files.filter_map(|file| Self::read(&file)).collect()
    }

    /// Returns the targets of links within the repository, with their lines.
    fn links(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = (1..).zip(self.prose.lines());
        let targets = lines.flat_map(|(number, line)| {
            line.split("](").skip(1).filter_map(move |rest| Some((number, rest.split_once(')')?.0)))
        });
        targets.filter(|(_, target)| !target.contains(':'))
    }

    /// Returns the code spans with the lines that they begin on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut line = 1;
        let numbered = self.prose.split('`').map(move |piece| {
            let begins_on = line;
            line += piece.matches('\n').count();
            (begins_on, piece)
        });
        numbered.skip(1).step_by(2)
    }

    /// Returns the anchors of the headings.
    fn anchors(&self) -> impl Iterator<Item = String> {
        self.prose.lines().filter(|line| line.starts_with('#')).map(anchor)
    }

    /// Returns the path of a link's target, from the root, and its anchor. None if it leads out of the repository.
    fn target<'a>(&self, target: &'a str) -> Option<(PathBuf, Option<&'a str>)> {
        let (path, anchor) = match target.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (target, None),
        };
        let from = if path.is_empty() { &self.file } else { self.file.parent().unwrap_or(Path::new("")) };
        Some((joined(from, path)?, anchor))
    }
}

/// Joins a path to a folder and resolves `..`. None if it leads out of the repository.
fn joined(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut joined = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::ParentDir => joined.pop().then_some(())?,
            Component::CurDir => {}
            component => joined.push(component),
        }
    }
    Some(joined)
}

fn without_fences(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    let mut is_fenced = false;
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if !is_fence && !is_fenced {
            prose.push_str(line);
        }
        is_fenced ^= is_fence;
        prose.push('\n');
    }
    prose
}

/// Returns the anchor of a heading.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
    let (tree, documents) = (Tree::tracked(), Document::all());
    let (mut violations, mut found) = (Vec::new(), 0);
    for document in &documents {
        for (number, link) in document.links() {
            found += 1;
            let wrong = match document.target(link) {
                Some((path, None)) if tree.has(&path) => None,
                Some((path, Some(anchor))) if tree.has(&path) => {
                    let target = documents.iter().find(|other| other.file == path);
                    let is_there = target.is_some_and(|other| other.anchors().any(|one| one == anchor));
                    (!is_there).then_some("no heading of that document has this anchor")
                }
                _ => Some("no such file is tracked"),
            };
            let place = document.file.display();
            violations.extend(wrong.map(|wrong| format!("{place}:{number} links to {link}: {wrong}")));
        }
    }
    assert_none(&violations);
    assert!(found > 20, "too few links were found: {found}");
}

#[test]
fn paths_in_documents_are_there() {
    let tree = Tree::tracked();
    let (mut violations, mut found) = (Vec::new(), 0);
    for document in Document::all() {
        for (number, code) in document.code().filter(|(_, code)| tree.is_path(code)) {
            found += 1;
            let here = document.file.parent().and_then(|folder| joined(folder, code));
            if !tree.has_ending(Path::new(code)) && !here.is_some_and(|path| tree.has(&path)) {
                let place = document.file.display();
                violations
                    .push(format!("{place}:{number} names `{code}`: no such file or folder is tracked"));
            }
        }
    }
    assert_none(&violations);
    assert!(found > 160, "too few paths were found: {found}");
}

/// Whether a source defines this name.
fn defines(source: &str, name: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut lines = code_lines(source);
    lines.any(|(_, line)| {
        DEFINING.iter().any(|word| {
            line.match_indices(&format!("{word} {name}")).any(|(at, found)| {
                !line[..at].ends_with(is_letter) && !line[at + found.len()..].starts_with(is_letter)
            })
        })
    })
}

/// Returns the entries of the index with the lines that they begin on.
fn entries(architecture: &str) -> Vec<(usize, String)> {
    let lines = (1..).zip(architecture.lines()).skip_while(|(_, line)| *line != INDEX).skip(1);
    let mut entries: Vec<(usize, String)> = Vec::new();
    for (number, line) in lines.take_while(|(_, line)| !line.starts_with("## ")) {
        match (line.strip_prefix("- "), line.strip_prefix("  "), entries.last_mut()) {
            (Some(first), _, _) => entries.push((number, first.to_owned())),
            (None, Some(more), Some((_, entry))) => {
                entry.push(' ');
                entry.push_str(more);
            }
            _ => {}
        }
    }
    entries
}

/// Returns the mistakes in an entry of the index.
fn wrong_in(entry: &str, tree: &Tree) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last: Option<(&str, usize)> = None;
    let lacks_names = |last: Option<(&str, usize)>| match last {
        None => Some("it names no file first".to_owned()),
        Some((file, 0)) => Some(format!("say what to look for in `{file}`")),
        Some(_) => None,
    };
    for code in entry.split('`').skip(1).step_by(2) {
        if tree.is_path(code) {
            wrong.extend(last.and_then(|last| lacks_names(Some(last))));
            last = Some((code, 0));
            if !tree.has(Path::new(code)) {
                wrong.push(format!("`{code}` is not there"));
            }
        } else if let Some((file, names)) = &mut last {
            *names += 1;
            if text(Path::new(file)).is_some_and(|source| !defines(&source, code)) {
                wrong.push(format!("`{file}` does not define `{code}`"));
            }
        } else {
            wrong.push(format!("`{code}` comes before its file"));
        }
    }
    wrong.extend(lacks_names(last));
    wrong
}

#[test]
fn the_index_leads_to_definitions() {
    let tree = Tree::tracked();
    let architecture = text(Path::new(ARCHITECTURE)).expect("the map is there");
    let entries = entries(&architecture);
    let mut violations = Vec::new();
    for (number, entry) in &entries {
        let wrong = wrong_in(entry, &tree);
        violations.extend(wrong.into_iter().map(|wrong| format!("{ARCHITECTURE}:{number}: {wrong}")));
    }
    assert_none(&violations);
    assert!(entries.len() >= 20, "too few entries were found under {INDEX:?}: {}", entries.len());
}

#[test]
fn the_map_is_short() {
    let architecture = text(Path::new(ARCHITECTURE)).expect("the map is there");
    let lines = architecture.lines().count();
    assert!(
        lines <= MAX_ARCHITECTURE_LINES,
        "{ARCHITECTURE} has {lines} lines, more than {MAX_ARCHITECTURE_LINES}: reasons belong in docs/decisions.md, tests \
         in docs/guarantees.md, what operators do in docs/operating.md"
    );
}

#[test]
fn contributors_are_told_the_limit_of_a_file_that_is_checked() {
    const CHECK: &str = "tidy/tests/invariants/sources.rs";
    let check = text(Path::new(CHECK)).expect("the check is there");
    let limit = check.split("const MAX_LINES: usize = ").nth(1).and_then(|rest| rest.split(';').next());
    let limit = limit.unwrap_or_else(|| panic!("{CHECK} has a limit"));
    let contributing = text(Path::new("CONTRIBUTING.md")).expect("contributors are told something");
    assert!(contributing.contains(&format!("{limit} lines")), "CONTRIBUTING.md must name {limit} lines");
}

#[test]
fn a_path_is_told_from_other_code() {
    let tree = Tree(BTreeSet::from(["a", "a/src", "a/src/b.rs"].map(PathBuf::from)));
    for path in ["a/src/b.rs", "a/src", "a/gone", "gone.rs", "gone/", "src/gone.sql"] {
        assert!(tree.is_path(path), "{path}");
    }
    for other in
        ["b", "/v1/a", "/", "text/event-stream", "a/b c", "a::b", "--a", "https://a/b.md", "a/*.rs", ""]
    {
        assert!(!tree.is_path(other), "{other}");
    }
    assert!(tree.has_ending(Path::new("src/b.rs")) && !tree.has_ending(Path::new("rc/b.rs")));
}

#[test]
fn links_and_code_are_found_with_their_lines() {
    let document = "# A, `b` and C\n[d](../e/f.md#a-b-and-c) [g](https://h.i)\n```\n`j` [k](l)\n```\n`m` and `n\no` `p`\n";
    let document = Document { file: PathBuf::from("q/r.md"), prose: without_fences(document) };
    assert_eq!(document.links().collect::<Vec<_>>(), [(2, "../e/f.md#a-b-and-c")]);
    assert_eq!(document.code().collect::<Vec<_>>(), [(1, "b"), (6, "m"), (6, "n\no"), (7, "p")]);
    assert_eq!(document.anchors().collect::<Vec<_>>(), ["a-b-and-c"]);
    assert_eq!(document.target("../e/f.md#s"), Some((PathBuf::from("e/f.md"), Some("s"))));
    assert_eq!(document.target("#s"), Some((PathBuf::from("q/r.md"), Some("s"))));
    assert_eq!(document.target("../../f.md"), None);
}

#[test]
fn a_definition_is_told_from_a_use() {
    let source =
        "pub(crate) const fn one(two: u8) {}\n// fn three()\nmacro_rules! four {}\nlet five = six();";
    assert!(defines(source, "one") && defines(source, "four"));
    assert!(["on", "ne", "two", "three", "five", "six"].iter().all(|name| !defines(source, name)));
}

#[test]
fn an_entry_that_leads_nowhere_is_named() {
    let tree = Tree::tracked();
    let wrong = |entry: &str| wrong_in(entry, &tree);
    let this = "tidy/tests/invariants/documents.rs";
    assert_eq!(wrong(&format!("**a**: `{this}` `wrong_in`, `Tree`; `{this}` `entries`")), [""; 0]);
    for entry in [
        "**a**: nothing".to_owned(),
        format!("**a**: `{this}`"),
        format!("**a**: `{this}`; `{this}` `Tree`"),
        format!("**a**: `{this}` `is_nowhere`"),
        format!("**a**: `Tree` `{this}` `Tree`"),
        "**a**: `tidy/tests/invariants/nowhere.rs` `Tree`".to_owned(),
    ] {
        assert_eq!(wrong(&entry).len(), 1, "{entry}: {:?}", wrong(&entry));
    }
}
