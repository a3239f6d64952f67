//! Rebuilds the library when the migrations or the query descriptions in `.sqlx` change: both are compiled in.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
    println!("cargo::rerun-if-changed=../.sqlx");
}
