//! The workspace as cargo and git see it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use cargo_metadata::{Metadata, MetadataCommand, Package};

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).exec().expect("cargo knows the workspace")
});

/// Crates that only test or measure the others.
pub(crate) const TEST_CRATES: &[&str] = &["fixtures", "system-tests", "bench", "tidy"];

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("every crate lies in the workspace's folder")
}

/// The crates of the workspace.
pub(crate) fn members() -> Vec<&'static Package> {
    METADATA.workspace_packages()
}

/// Every package that any build of the workspace may use.
pub(crate) fn packages() -> &'static [Package] {
    &METADATA.packages
}

/// The names of all crates that a crate's library or binary is built from, on any system.
///
/// Taken from `cargo tree`, because cargo's metadata enables the features of all members at once, and so shows
/// dependencies that a build of this crate alone does not have.
pub(crate) fn built_from(package: &str) -> BTreeSet<String> {
    let arguments = ["--edges", "normal", "--target", "all", "--prefix", "none", "--format", "{p}"];
    let tree = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--quiet", "--package", package])
        .args(arguments)
        .output()
        .expect("cargo can be run again from under cargo");
    assert!(tree.status.success(), "cargo tree: {}", String::from_utf8_lossy(&tree.stderr));
    let names = String::from_utf8(tree.stdout).expect("package names are ASCII");
    names.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The files that git tracks and that exist, relative to the workspace.
pub(crate) fn tracked_files() -> Vec<PathBuf> {
    let listing = Command::new("git").current_dir(root()).args(["ls-files", "-z"]).output();
    let listing = listing.expect("the invariants are those of a git checkout; install git");
    assert!(listing.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listing.stderr));
    let names = String::from_utf8(listing.stdout).expect("file names are UTF-8");
    let files = names.split_terminator('\0').map(PathBuf::from);
    files.filter(|file| root().join(file).is_file()).collect()
}

/// The text of a tracked file; none if it is not text.
pub(crate) fn text(file: &Path) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(file)).ok()?).ok()
}
