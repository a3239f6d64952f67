//! Citas in one process: the embedded event store, the write side, the read side and the command line.
//!
//! It holds no logic of its own: it starts the parts, connects them, and stops them in the right order.

mod args;
mod copies;
mod demo;
mod holidays;
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
    let command = Cli::parse().command();
    service::run_job(async || {
        service::warn_of_unknown_variables();
        match command {
            Command::Serve(args) => service::until_stopped(serve::serve(args)).await,
            Command::Node(args) => service::until_stopped(node::serve(args)).await,
            Command::Backup(args) => args.run(),
            Command::Restore(args) => args.run(),
            Command::Holidays(args) => args.run(),
        }
    })
}
