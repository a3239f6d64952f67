//! The migrations and what the queries are checked against are part of the library: new ones have it built again.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
    println!("cargo::rerun-if-changed=../.sqlx");
}
