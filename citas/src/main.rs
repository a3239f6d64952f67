//! Citas in one process: the embedded event store, the write side, the read side and the command line.
//!
//! It holds no logic of its own: it starts the parts, connects them, and stops them in the right order.

mod args;
mod copies;
mod demo;
mod node;
mod readiness;
mod repair;
mod secrets;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().command() {
        Command::Serve(args) => service::run(|| serve::serve(args)),
        Command::Node(args) => service::run(|| node::serve(args)),
        Command::Backup(args) => service::run_job(async || args.run()),
        Command::Restore(args) => service::run_job(async || args.run()),
    }
}
