//! The workspace as cargo and git see it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand, Package, PackageId};

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).features(CargoOpt::AllFeatures);
    command.exec().expect("cargo knows the workspace")
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

/// The names of the packages that depend on this one, in any build.
pub(crate) fn dependents(package: &PackageId) -> BTreeSet<String> {
    let resolve =
        METADATA.resolve.as_ref().expect("cargo resolves dependencies where it is not told otherwise");
    let nodes = resolve.nodes.iter().filter(|node| node.dependencies.contains(package));
    nodes.map(|node| METADATA[&node.id].name.to_string()).collect()
}

/// The systems that crates are built for.
#[derive(Clone, Copy)]
pub(crate) enum Systems {
    All,
    /// The one of the container image.
    Linux,
}

/// The names of all crates that a crate's library or binary is built from, on these systems.
///
/// Taken from `cargo tree`, because cargo's metadata enables the features of all members at once, and so shows
/// dependencies that a build of this crate alone does not have.
pub(crate) fn built_from(package: &str, systems: Systems) -> BTreeSet<String> {
    let target = match systems {
        Systems::All => "all",
        Systems::Linux => "x86_64-unknown-linux-gnu",
    };
    let arguments = ["--edges", "normal", "--target", target, "--prefix", "none", "--format", "{p}"];
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
