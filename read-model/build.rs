//! The migrations are part of the library: a new one has it built again.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
