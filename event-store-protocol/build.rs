//! Compiles the protocol in `proto/` without `protoc`: a plain `cargo build` is all a machine needs.

use std::error::Error;

const FILES: [&str; 3] = ["streams.proto", "server_features.proto", "gossip.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    tonic_build::configure().bytes(["."]).include_file("wire.rs").compile_fds(descriptors)?;
    Ok(())
}
