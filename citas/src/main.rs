//! citas
fn main() {}
