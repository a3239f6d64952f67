//! The production shape as it is described for Docker, which does not have to be here: the files against the
//! specification, against one another and against the programs that were built.

mod alerts;
mod compose;
mod gateway;
mod image;

use std::path::PathBuf;

/// A file of the repository.
fn file(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
